DROP TABLE idempotency;
DROP TABLE report_status;
DROP TABLE report_record;
DROP TABLE report_key;
DROP TABLE report;
DROP TABLE series;
