-- Of rows that came again only the latest stays: nothing knows the others.
DROP INDEX job_unfinished;
DROP INDEX subject_relation_merged;
DROP TABLE upload_undone;
ALTER TABLE rejection DROP COLUMN operates;
DROP INDEX candidate_once;
DROP INDEX candidate_same;
CREATE TABLE candidate_gone AS SELECT c.id FROM candidate c JOIN candidate d ON c.organ = d.organ AND c.document_number = d.document_number
    AND c.kind = d.kind AND c.normal = d.normal AND c.content = d.content AND (c.received_at, c.id) < (d.received_at, d.id);
DELETE FROM candidate_awaits WHERE candidate IN (SELECT id FROM candidate_gone);
DELETE FROM candidate_subject WHERE candidate IN (SELECT id FROM candidate_gone);
DELETE FROM candidate WHERE id IN (SELECT id FROM candidate_gone);
DROP TABLE candidate_gone;
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
    UNIQUE (organ, document_number, kind, normal, content),
    CHECK ((resolved_at IS NULL) = (resolved_by IS NULL)),
    CHECK (resolved_to IS NULL OR resolved_at IS NOT NULL)
) STRICT;

INSERT INTO candidate SELECT * FROM candidate_kept;
DROP TABLE candidate_kept;

CREATE INDEX candidate_open ON candidate (authority, received_at, id) WHERE resolved_at IS NULL;

CREATE INDEX candidate_normal ON candidate (normal);

CREATE INDEX candidate_document ON candidate (organ, document_number) WHERE resolved_at IS NULL;
