DROP INDEX report_record_report;
DROP INDEX record_version_record;
