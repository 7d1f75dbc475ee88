-- What was issued, and where it stands.

-- The last number of each series that must have no two holders; taking the next one keeps others waiting until commit.
CREATE TABLE series (
    name   TEXT NOT NULL PRIMARY KEY,
    last   INTEGER NOT NULL,
    digest BLOB
) STRICT;

INSERT INTO series (name, last) VALUES ('status-index', -1);

CREATE TABLE report (
    subject      BLOB NOT NULL REFERENCES subject (id),
    number       TEXT NOT NULL,
    code_hash    BLOB NOT NULL,
    facts_digest BLOB NOT NULL,
    pdf_digest   BLOB NOT NULL,
    facts        BLOB NOT NULL,
    edition      TEXT NOT NULL,
    period_from  TEXT NOT NULL,
    period_to    TEXT NOT NULL,
    domains      TEXT NOT NULL,
    as_of        INTEGER NOT NULL,
    issued_at    INTEGER NOT NULL,
    issued_by    TEXT NOT NULL,
    status_index INTEGER NOT NULL CHECK (status_index >= 0),
    PRIMARY KEY (subject, number)
) STRICT;

CREATE INDEX report_issued ON report (subject, issued_at, number);

-- What a report is found by, each kept apart from all others: its number, the hash of its code, the digests of its
-- facts and of its file, and its index in the status list.
CREATE TABLE report_key (
    kind    TEXT NOT NULL CHECK (kind IN ('number', 'code', 'facts', 'pdf', 'status-index')),
    value   TEXT NOT NULL,
    subject BLOB NOT NULL,
    number  TEXT NOT NULL,
    PRIMARY KEY (kind, value)
) STRICT;

-- Which versions of records a report shows, so that a correction finds the reports it touches.
CREATE TABLE report_record (
    subject        BLOB NOT NULL,
    record         BLOB NOT NULL,
    number         TEXT NOT NULL,
    report_subject BLOB NOT NULL,
    version        INTEGER NOT NULL CHECK (version >= 1),
    PRIMARY KEY (subject, record, number)
) STRICT;

CREATE TABLE report_status (
    subject BLOB NOT NULL,
    number  TEXT NOT NULL,
    place   INTEGER NOT NULL CHECK (place >= 1),
    status  TEXT NOT NULL CHECK (status IN ('valid', 'superseded', 'disputed', 'revoked')),
    since   INTEGER NOT NULL,
    reason  TEXT,
    actor   TEXT NOT NULL,
    PRIMARY KEY (subject, number, place),
    FOREIGN KEY (subject, number) REFERENCES report (subject, number)
) STRICT;

-- The few that ever stood otherwise than valid: the content of a trust bundle.
CREATE INDEX report_status_other ON report_status (since, subject, number) WHERE status <> 'valid';

-- The answer to a request that must not be carried out twice.
CREATE TABLE idempotency (
    client     TEXT NOT NULL,
    request_key TEXT NOT NULL,
    request    BLOB NOT NULL,
    answer     TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (client, request_key)
) STRICT;

CREATE INDEX idempotency_created ON idempotency (created_at);

CREATE TRIGGER report_never_changes BEFORE UPDATE ON report
BEGIN SELECT RAISE(ABORT, 'report is append-only'); END;

CREATE TRIGGER report_stays BEFORE DELETE ON report
BEGIN SELECT RAISE(ABORT, 'report is append-only'); END;

CREATE TRIGGER report_key_never_changes BEFORE UPDATE ON report_key
BEGIN SELECT RAISE(ABORT, 'report_key is append-only'); END;

CREATE TRIGGER report_key_stays BEFORE DELETE ON report_key
BEGIN SELECT RAISE(ABORT, 'report_key is append-only'); END;

CREATE TRIGGER report_record_never_changes BEFORE UPDATE ON report_record
BEGIN SELECT RAISE(ABORT, 'report_record is append-only'); END;

CREATE TRIGGER report_record_stays BEFORE DELETE ON report_record
BEGIN SELECT RAISE(ABORT, 'report_record is append-only'); END;

CREATE TRIGGER report_status_never_changes BEFORE UPDATE ON report_status
BEGIN SELECT RAISE(ABORT, 'report_status is append-only'); END;

CREATE TRIGGER report_status_stays BEFORE DELETE ON report_status
BEGIN SELECT RAISE(ABORT, 'report_status is append-only'); END;
