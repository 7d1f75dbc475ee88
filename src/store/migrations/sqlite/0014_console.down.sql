DROP INDEX journal_time;
DROP INDEX report_time;
ALTER TABLE report DROP COLUMN concluded;
DROP TABLE rating;
DROP TABLE rule_version;
DROP TABLE proposal;
