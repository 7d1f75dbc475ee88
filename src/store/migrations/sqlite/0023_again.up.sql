-- What was taken back can come again. A row kept aside is unlike every other while it is open, not for ever; files whose records were
-- withdrawn are read afresh when they come again; and what a rejected row was to do tells which good rows stand in for it.
PRAGMA defer_foreign_keys = ON;
CREATE TABLE candidate_kept AS SELECT * FROM candidate;
DROP TABLE candidate;

CREATE TABLE candidate (
    id              BLOB NOT NULL PRIMARY KEY,
    upload          BLOB NOT NULL,
    line            INTEGER NOT NULL CHECK (line >= 0),
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
    reason          TEXT,
    codes           TEXT NOT NULL DEFAULT '[]',
    CHECK ((resolved_at IS NULL) = (resolved_by IS NULL)),
    CHECK (resolved_to IS NULL OR resolved_at IS NOT NULL)
) STRICT;

INSERT INTO candidate SELECT * FROM candidate_kept;
DROP TABLE candidate_kept;

CREATE INDEX candidate_open ON candidate (authority, received_at, id) WHERE resolved_at IS NULL;

CREATE INDEX candidate_normal ON candidate (normal);

CREATE INDEX candidate_document ON candidate (organ, document_number) WHERE resolved_at IS NULL;

CREATE UNIQUE INDEX candidate_once ON candidate (organ, document_number, kind, normal, content) WHERE resolved_at IS NULL;

CREATE INDEX candidate_same ON candidate (organ, document_number, kind, normal, content);

-- Uploads some of whose records were withdrawn since.
CREATE TABLE upload_undone (
    upload BLOB NOT NULL PRIMARY KEY,
    at     INTEGER NOT NULL
) STRICT;

ALTER TABLE rejection ADD COLUMN operates INTEGER NOT NULL DEFAULT 0 CHECK (operates IN (0, 1));

-- Whether anybody was ever merged is asked for every part of a file.
CREATE INDEX subject_relation_merged ON subject_relation (kind) WHERE kind = 'merged-into';

-- Whether a file of an authority waits is asked with each of its declarations.
CREATE INDEX job_unfinished ON job (authority, kind) WHERE state IN ('queued', 'running', 'failed');
