-- What the authorities sent, and what they declared complete. Versions are never changed and never deleted: each holds
-- from received_at until superseded_at, which is set once.

CREATE TABLE authority (
    code       TEXT NOT NULL PRIMARY KEY,
    zh         TEXT NOT NULL,
    en         TEXT NOT NULL,
    contact    TEXT,
    domains    TEXT NOT NULL,
    organs     TEXT NOT NULL,
    updated_at INTEGER NOT NULL
) STRICT;

CREATE TABLE upload (
    id          BLOB NOT NULL PRIMARY KEY,
    authority   TEXT NOT NULL REFERENCES authority (code),
    domain      TEXT,
    file_name   TEXT NOT NULL,
    file_digest BLOB NOT NULL,
    file_bytes  INTEGER NOT NULL CHECK (file_bytes >= 0),
    options     TEXT NOT NULL,
    submitted   INTEGER NOT NULL,
    accepted    INTEGER NOT NULL CHECK (accepted >= 0),
    repeated    INTEGER NOT NULL CHECK (repeated >= 0),
    rejected    INTEGER NOT NULL CHECK (rejected >= 0),
    rejects     BLOB,
    received_at INTEGER NOT NULL,
    received_by TEXT NOT NULL,
    receipt     BLOB NOT NULL,
    CHECK (submitted = accepted + repeated + rejected),
    UNIQUE (authority, file_digest, options)
) STRICT;

CREATE INDEX upload_received ON upload (authority, received_at, id);

CREATE TABLE record_version (
    subject         BLOB NOT NULL REFERENCES subject (id),
    record          BLOB NOT NULL,
    number          INTEGER NOT NULL CHECK (number >= 1),
    kind            TEXT NOT NULL CHECK (kind IN ('penalty', 'compulsory-measure', 'dishonesty-list',
        'abnormal-list', 'criminal', 'court-enforcement')),
    organ           TEXT NOT NULL,
    document_number TEXT NOT NULL,
    domain          TEXT NOT NULL,
    decided_on      TEXT NOT NULL,
    operation       TEXT NOT NULL CHECK (operation IN ('insert', 'correct', 'withdraw', 'annul', 'repair',
        'repair-revoked', 'suspend', 'objection-open', 'objection-closed')),
    upload          BLOB NOT NULL,
    line      INTEGER NOT NULL CHECK (line >= 0),
    received_at     INTEGER NOT NULL,
    superseded_at   INTEGER CHECK (superseded_at >= received_at),
    content         BLOB NOT NULL,
    details         TEXT NOT NULL,
    standing        TEXT NOT NULL,
    PRIMARY KEY (subject, record, number)
) STRICT;

-- One newest version for each key: the identity of a record, and the way to it from a row of a file.
CREATE UNIQUE INDEX record_version_newest ON record_version (subject, organ, document_number, kind)
    WHERE superseded_at IS NULL;

-- What a report asks: a subject's versions in some domains and days, as known at an instant.
CREATE INDEX record_version_report ON record_version (subject, domain, decided_on, received_at, superseded_at);

CREATE TABLE declaration (
    authority         TEXT NOT NULL REFERENCES authority (code),
    domain            TEXT NOT NULL,
    number            INTEGER NOT NULL CHECK (number >= 1),
    data_from         TEXT NOT NULL,
    complete_through  TEXT NOT NULL,
    declared_lag_days INTEGER NOT NULL CHECK (declared_lag_days BETWEEN 0 AND 65535),
    last_success_at   INTEGER NOT NULL,
    nothing_to_report INTEGER NOT NULL,
    received_at       INTEGER NOT NULL,
    superseded_at     INTEGER CHECK (superseded_at >= received_at),
    PRIMARY KEY (authority, domain, number)
) STRICT;

CREATE INDEX declaration_domain ON declaration (domain, received_at);

-- Rows that name nobody for certain, kept aside whole until somebody says whose they are.
CREATE TABLE candidate (
    id              BLOB NOT NULL PRIMARY KEY,
    upload          BLOB NOT NULL,
    line      INTEGER NOT NULL CHECK (line >= 0),
    authority       TEXT NOT NULL REFERENCES authority (code),
    kind            TEXT NOT NULL CHECK (kind IN ('penalty', 'compulsory-measure', 'dishonesty-list',
        'abnormal-list', 'criminal', 'court-enforcement')),
    organ           TEXT NOT NULL,
    document_number TEXT NOT NULL,
    domain          TEXT NOT NULL,
    decided_on      TEXT NOT NULL,
    name            TEXT NOT NULL,
    normal          TEXT NOT NULL,
    content         BLOB NOT NULL,
    details         TEXT NOT NULL,
    received_at     INTEGER NOT NULL,
    resolved_at     INTEGER CHECK (resolved_at >= received_at),
    resolved_by     TEXT,
    resolved_to     BLOB,
    UNIQUE (organ, document_number, kind, normal, content),
    CHECK ((resolved_at IS NULL) = (resolved_by IS NULL)),
    CHECK (resolved_to IS NULL OR resolved_at IS NOT NULL)
) STRICT;

CREATE INDEX candidate_open ON candidate (authority, received_at, id) WHERE resolved_at IS NULL;

CREATE INDEX candidate_normal ON candidate (normal);

-- Whom a candidate may belong to.
CREATE TABLE candidate_subject (
    subject   BLOB NOT NULL REFERENCES subject (id),
    candidate BLOB NOT NULL REFERENCES candidate (id),
    PRIMARY KEY (subject, candidate)
) STRICT;

CREATE INDEX candidate_subject_candidate ON candidate_subject (candidate);

CREATE TRIGGER record_version_changes_once BEFORE UPDATE ON record_version
WHEN OLD.superseded_at IS NOT NULL OR NEW.superseded_at IS NULL
    OR (OLD.subject, OLD.record, OLD.number, OLD.kind, OLD.organ, OLD.document_number, OLD.domain,
          OLD.decided_on, OLD.operation, OLD.upload, OLD.line, OLD.received_at, OLD.content, OLD.details,
          OLD.standing)
    IS NOT (NEW.subject, NEW.record, NEW.number, NEW.kind, NEW.organ, NEW.document_number, NEW.domain,
          NEW.decided_on, NEW.operation, NEW.upload, NEW.line, NEW.received_at, NEW.content, NEW.details,
          NEW.standing)
BEGIN SELECT RAISE(ABORT, 'record_version is append-only'); END;

CREATE TRIGGER record_version_stays BEFORE DELETE ON record_version
BEGIN SELECT RAISE(ABORT, 'record_version is append-only'); END;

CREATE TRIGGER declaration_changes_once BEFORE UPDATE ON declaration
WHEN OLD.superseded_at IS NOT NULL OR NEW.superseded_at IS NULL
    OR (OLD.authority, OLD.domain, OLD.number, OLD.data_from, OLD.complete_through, OLD.declared_lag_days,
          OLD.last_success_at, OLD.nothing_to_report, OLD.received_at)
    IS NOT (NEW.authority, NEW.domain, NEW.number, NEW.data_from, NEW.complete_through, NEW.declared_lag_days,
          NEW.last_success_at, NEW.nothing_to_report, NEW.received_at)
BEGIN SELECT RAISE(ABORT, 'declaration is append-only'); END;

CREATE TRIGGER declaration_stays BEFORE DELETE ON declaration
BEGIN SELECT RAISE(ABORT, 'declaration is append-only'); END;

CREATE TRIGGER upload_never_changes BEFORE UPDATE ON upload
BEGIN SELECT RAISE(ABORT, 'upload is append-only'); END;

CREATE TRIGGER upload_stays BEFORE DELETE ON upload
BEGIN SELECT RAISE(ABORT, 'upload is append-only'); END;
