DROP TABLE rejection_subject;
DROP TABLE rejection;
DROP INDEX candidate_document;
ALTER TABLE candidate DROP COLUMN reason;
DROP INDEX report_record_report;
DROP INDEX record_version_document;
DROP INDEX record_version_domain;
DROP INDEX record_version_record;
