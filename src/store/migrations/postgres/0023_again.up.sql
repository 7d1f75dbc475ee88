-- What was taken back can come again. A row kept aside is unlike every other while it is open, not for ever; files whose records were
-- withdrawn are read afresh when they come again; and what a rejected row was to do tells which good rows stand in for it.
ALTER TABLE candidate DROP CONSTRAINT candidate_organ_document_number_kind_normal_content_key;

CREATE UNIQUE INDEX candidate_once ON candidate (organ, document_number, kind, normal, content) WHERE resolved_at IS NULL;

CREATE INDEX candidate_same ON candidate (organ, document_number, kind, normal, content);

-- Uploads some of whose records were withdrawn since.
CREATE TABLE upload_undone (
    upload UUID NOT NULL PRIMARY KEY,
    at     BIGINT NOT NULL
);

ALTER TABLE rejection ADD COLUMN operates BOOLEAN NOT NULL DEFAULT FALSE;

-- Whether anybody was ever merged is asked for every part of a file.
CREATE INDEX subject_relation_merged ON subject_relation (kind) WHERE kind = 'merged-into';

-- Whether a file of an authority waits is asked with each of its declarations.
CREATE INDEX job_unfinished ON job (authority, kind) WHERE state IN ('queued', 'running', 'failed');
