-- The domains of a report whose data were not complete for its days when it was issued: a later declaration on one of them may give the
-- report's question another answer. Of reports that were there before, all of their domains.
CREATE TABLE report_gap (
    subject BLOB NOT NULL,
    number  TEXT NOT NULL,
    domain  TEXT NOT NULL,
    PRIMARY KEY (subject, number, domain),
    FOREIGN KEY (subject, number) REFERENCES report (subject, number)
) STRICT;

INSERT INTO report_gap (subject, number, domain)
SELECT report.subject, report.number, json_each.value FROM report, json_each(report.domains);

CREATE TRIGGER report_gap_never_changes BEFORE UPDATE ON report_gap
BEGIN SELECT RAISE(ABORT, 'report_gap is append-only'); END;

CREATE TRIGGER report_gap_stays BEFORE DELETE ON report_gap
BEGIN SELECT RAISE(ABORT, 'report_gap is append-only'); END;
