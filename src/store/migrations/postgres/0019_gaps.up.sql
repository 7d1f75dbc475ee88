-- The domains of a report whose data were not complete for its days when it was issued: a later declaration on one of them may give the
-- report's question another answer. Of reports that were there before, all of their domains.
CREATE TABLE report_gap (
    subject UUID NOT NULL,
    number  TEXT NOT NULL,
    domain  TEXT NOT NULL,
    PRIMARY KEY (subject, number, domain),
    FOREIGN KEY (subject, number) REFERENCES report (subject, number)
);

INSERT INTO report_gap (subject, number, domain)
SELECT report.subject, report.number, domain FROM report, jsonb_array_elements_text(report.domains) AS domain;

CREATE TRIGGER report_gap_never_changes BEFORE UPDATE OR DELETE ON report_gap
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER report_gap_is_not_emptied BEFORE TRUNCATE ON report_gap
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
