DROP INDEX rating_answer;
ALTER TABLE rating DROP COLUMN account;
DROP INDEX report_asked_by;
