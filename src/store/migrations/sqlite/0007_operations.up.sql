-- Records are found by their ids, and by what their authorities know of them.

-- The way from a record's id to its subject: one entry for each record, written once.
CREATE UNIQUE INDEX record_version_record ON record_version (record) WHERE number = 1;

-- What a report shows, from the report's side.
CREATE INDEX report_record_report ON report_record (report_subject, number);
