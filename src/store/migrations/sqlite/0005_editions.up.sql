-- Editions of a report's file, the timestamps still to be got, and the certificates that ever signed.

-- The same signed document, first without and later perhaps with its timestamp. Every edition verifies; the newest is served.
CREATE TABLE report_edition (
    subject    BLOB NOT NULL,
    number     TEXT NOT NULL,
    edition    INTEGER NOT NULL CHECK (edition >= 1),
    pdf_digest BLOB NOT NULL,
    level      TEXT NOT NULL CHECK (level IN ('B-B', 'B-T', 'B-LT')),
    stamped_at INTEGER,
    stored_at  INTEGER NOT NULL,
    PRIMARY KEY (subject, number, edition),
    FOREIGN KEY (subject, number) REFERENCES report (subject, number)
) STRICT;

INSERT INTO report_edition (subject, number, edition, pdf_digest, level, stamped_at, stored_at)
SELECT subject, number, 1, pdf_digest, 'B-B', NULL, issued_at FROM report;

-- Reports that went out without the timestamp they should have: a queue, so rows are removed. The level is the one reached with it.
CREATE TABLE timestamp_wanted (
    subject BLOB NOT NULL,
    number  TEXT NOT NULL,
    level   TEXT NOT NULL CHECK (level IN ('B-T', 'B-LT')),
    since   INTEGER NOT NULL,
    PRIMARY KEY (subject, number),
    FOREIGN KEY (subject, number) REFERENCES report (subject, number)
) STRICT;

CREATE INDEX timestamp_wanted_since ON timestamp_wanted (since);

-- Certificates under which this platform signs reports, claims and timestamps, or once did.
CREATE TABLE signer (
    fingerprint BLOB NOT NULL PRIMARY KEY,
    purpose     TEXT NOT NULL CHECK (purpose IN ('signing', 'timestamps')),
    kind        TEXT NOT NULL,
    chain       TEXT NOT NULL,
    added_at    INTEGER NOT NULL
) STRICT;

-- What became of them. The earliest time of a kind counts.
CREATE TABLE signer_event (
    fingerprint BLOB NOT NULL REFERENCES signer (fingerprint),
    place       INTEGER NOT NULL CHECK (place >= 1),
    event       TEXT NOT NULL CHECK (event IN ('retired', 'revoked', 'compromised')),
    since       INTEGER NOT NULL,
    reason      TEXT,
    actor       TEXT NOT NULL,
    at          INTEGER NOT NULL,
    PRIMARY KEY (fingerprint, place)
) STRICT;

CREATE TRIGGER report_edition_never_changes BEFORE UPDATE ON report_edition
BEGIN SELECT RAISE(ABORT, 'report_edition is append-only'); END;

CREATE TRIGGER report_edition_stays BEFORE DELETE ON report_edition
BEGIN SELECT RAISE(ABORT, 'report_edition is append-only'); END;

CREATE TRIGGER signer_never_changes BEFORE UPDATE ON signer
BEGIN SELECT RAISE(ABORT, 'signer is append-only'); END;

CREATE TRIGGER signer_stays BEFORE DELETE ON signer
BEGIN SELECT RAISE(ABORT, 'signer is append-only'); END;

CREATE TRIGGER signer_event_never_changes BEFORE UPDATE ON signer_event
BEGIN SELECT RAISE(ABORT, 'signer_event is append-only'); END;

CREATE TRIGGER signer_event_stays BEFORE DELETE ON signer_event
BEGIN SELECT RAISE(ABORT, 'signer_event is append-only'); END;
