-- Editions of a report's file, the timestamps still to be got, and the certificates that ever signed.

-- The same signed document, first without and later perhaps with its timestamp. Every edition verifies; the newest is served.
CREATE TABLE report_edition (
    subject    UUID NOT NULL,
    number     TEXT NOT NULL,
    edition    BIGINT NOT NULL CHECK (edition >= 1),
    pdf_digest BYTEA NOT NULL,
    level      TEXT NOT NULL CHECK (level IN ('B-B', 'B-T', 'B-LT')),
    stamped_at BIGINT,
    stored_at  BIGINT NOT NULL,
    PRIMARY KEY (subject, number, edition),
    FOREIGN KEY (subject, number) REFERENCES report (subject, number)
);

INSERT INTO report_edition (subject, number, edition, pdf_digest, level, stamped_at, stored_at)
SELECT subject, number, 1, pdf_digest, 'B-B', NULL, issued_at FROM report;

-- Reports that went out without the timestamp they should have: a queue, so rows are removed. The level is the one reached with it.
CREATE TABLE timestamp_wanted (
    subject UUID NOT NULL,
    number  TEXT NOT NULL,
    level   TEXT NOT NULL CHECK (level IN ('B-T', 'B-LT')),
    since   BIGINT NOT NULL,
    PRIMARY KEY (subject, number),
    FOREIGN KEY (subject, number) REFERENCES report (subject, number)
);

CREATE INDEX timestamp_wanted_since ON timestamp_wanted (since);

-- Certificates under which this platform signs reports, claims and timestamps, or once did.
CREATE TABLE signer (
    fingerprint BYTEA NOT NULL PRIMARY KEY,
    purpose     TEXT NOT NULL CHECK (purpose IN ('signing', 'timestamps')),
    kind        TEXT NOT NULL,
    chain       TEXT NOT NULL,
    added_at    BIGINT NOT NULL
);

-- What became of them. The earliest time of a kind counts.
CREATE TABLE signer_event (
    fingerprint BYTEA NOT NULL REFERENCES signer (fingerprint),
    place       BIGINT NOT NULL CHECK (place >= 1),
    event       TEXT NOT NULL CHECK (event IN ('retired', 'revoked', 'compromised')),
    since       BIGINT NOT NULL,
    reason      TEXT,
    actor       TEXT NOT NULL,
    at          BIGINT NOT NULL,
    PRIMARY KEY (fingerprint, place)
);

CREATE TRIGGER report_edition_never_changes BEFORE UPDATE OR DELETE ON report_edition
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER report_edition_is_not_emptied BEFORE TRUNCATE ON report_edition
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE TRIGGER signer_never_changes BEFORE UPDATE OR DELETE ON signer
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER signer_is_not_emptied BEFORE TRUNCATE ON signer
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE TRIGGER signer_event_never_changes BEFORE UPDATE OR DELETE ON signer_event
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER signer_event_is_not_emptied BEFORE TRUNCATE ON signer_event
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
