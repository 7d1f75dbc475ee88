-- What was issued, and where it stands.

-- The last number of each series that must have no two holders; taking the next one keeps others waiting until commit.
CREATE TABLE series (
    name   TEXT NOT NULL PRIMARY KEY,
    last   BIGINT NOT NULL,
    digest BYTEA
);

INSERT INTO series (name, last) VALUES ('status-index', -1);

CREATE TABLE report (
    subject      UUID NOT NULL REFERENCES subject (id),
    number       TEXT NOT NULL,
    code_hash    BYTEA NOT NULL,
    facts_digest BYTEA NOT NULL,
    pdf_digest   BYTEA NOT NULL,
    facts        BYTEA NOT NULL,
    edition      TEXT NOT NULL,
    period_from  DATE NOT NULL,
    period_to    DATE NOT NULL,
    domains      JSONB NOT NULL,
    as_of        BIGINT NOT NULL,
    issued_at    BIGINT NOT NULL,
    issued_by    TEXT NOT NULL,
    status_index BIGINT NOT NULL CHECK (status_index >= 0),
    PRIMARY KEY (subject, number)
);

CREATE INDEX report_issued ON report (subject, issued_at, number);

-- What a report is found by, each kept apart from all others: its number, the hash of its code, the digests of its
-- facts and of its file, and its index in the status list.
CREATE TABLE report_key (
    kind    TEXT NOT NULL CHECK (kind IN ('number', 'code', 'facts', 'pdf', 'status-index')),
    value   TEXT NOT NULL,
    subject UUID NOT NULL,
    number  TEXT NOT NULL,
    PRIMARY KEY (kind, value)
);

-- Which versions of records a report shows, so that a correction finds the reports it touches.
CREATE TABLE report_record (
    subject        UUID NOT NULL,
    record         UUID NOT NULL,
    number         TEXT NOT NULL,
    report_subject UUID NOT NULL,
    version        BIGINT NOT NULL CHECK (version >= 1),
    PRIMARY KEY (subject, record, number)
);

CREATE TABLE report_status (
    subject UUID NOT NULL,
    number  TEXT NOT NULL,
    place   BIGINT NOT NULL CHECK (place >= 1),
    status  TEXT NOT NULL CHECK (status IN ('valid', 'superseded', 'disputed', 'revoked')),
    since   BIGINT NOT NULL,
    reason  TEXT,
    actor   TEXT NOT NULL,
    PRIMARY KEY (subject, number, place),
    FOREIGN KEY (subject, number) REFERENCES report (subject, number)
);

-- The few that ever stood otherwise than valid: the content of a trust bundle.
CREATE INDEX report_status_other ON report_status (since, subject, number) WHERE status <> 'valid';

-- The answer to a request that must not be carried out twice.
CREATE TABLE idempotency (
    client     TEXT NOT NULL,
    request_key TEXT NOT NULL,
    request    BYTEA NOT NULL,
    answer     TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (client, request_key)
);

CREATE INDEX idempotency_created ON idempotency (created_at);

CREATE TRIGGER report_never_changes BEFORE UPDATE OR DELETE ON report
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER report_is_not_emptied BEFORE TRUNCATE ON report
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE TRIGGER report_key_never_changes BEFORE UPDATE OR DELETE ON report_key
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER report_key_is_not_emptied BEFORE TRUNCATE ON report_key
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE TRIGGER report_record_never_changes BEFORE UPDATE OR DELETE ON report_record
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER report_record_is_not_emptied BEFORE TRUNCATE ON report_record
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE TRIGGER report_status_never_changes BEFORE UPDATE OR DELETE ON report_status
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER report_status_is_not_emptied BEFORE TRUNCATE ON report_status
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
