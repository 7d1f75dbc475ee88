DROP INDEX record_version_received;
DROP TABLE report_renewal;
DROP TABLE case_reminder;
DROP TABLE case_evidence;
DROP TABLE case_event;
DROP TABLE case_key;
DROP TABLE credit_case;
