-- Work that outlives its request, and the parts in which large uploads are stored.

-- A queue: rows change and old ones are removed. Whoever works on a job holds its lease under a name of its own for each
-- try; who lost it finds no row to change, and its transaction does not commit.
CREATE TABLE job (
    id            BLOB NOT NULL PRIMARY KEY,
    kind          TEXT NOT NULL,
    about         TEXT NOT NULL,
    authority     TEXT REFERENCES authority (code),
    payload       TEXT NOT NULL,
    state         TEXT NOT NULL CHECK (state IN ('queued', 'running', 'done', 'failed', 'cancelled')),
    attempts      INTEGER NOT NULL CHECK (attempts >= 0),
    run_after     INTEGER NOT NULL,
    lease_owner   BLOB,
    lease_until   INTEGER,
    cancel        INTEGER NOT NULL,
    progress      TEXT NOT NULL,
    outcome       TEXT,
    revision      INTEGER NOT NULL CHECK (revision >= 1),
    created_at    INTEGER NOT NULL,
    created_by    TEXT NOT NULL,
    finished_at   INTEGER,
    CHECK ((state = 'running') = (lease_owner IS NOT NULL)),
    CHECK ((lease_owner IS NULL) = (lease_until IS NULL)),
    CHECK ((state IN ('queued', 'running')) = (finished_at IS NULL))
) STRICT;

CREATE INDEX job_due ON job (run_after, id) WHERE state IN ('queued', 'running');

-- One thing is worked on once: whoever brings it again gets the job that is there.
CREATE UNIQUE INDEX job_open ON job (kind, about) WHERE state IN ('queued', 'running', 'failed');

CREATE INDEX job_of_authority ON job (authority, created_at, id);

CREATE INDEX job_created ON job (created_at, id);

-- What became of the rows of a file, some thousands at a time, each part in one transaction with its records.
CREATE TABLE upload_part (
    upload      BLOB NOT NULL,
    part        INTEGER NOT NULL CHECK (part >= 1),
    first_row   INTEGER NOT NULL CHECK (first_row >= 1),
    last_row    INTEGER NOT NULL,
    submitted   INTEGER NOT NULL CHECK (submitted >= 1),
    accepted    INTEGER NOT NULL CHECK (accepted >= 0),
    corrected   INTEGER NOT NULL CHECK (corrected BETWEEN 0 AND accepted),
    set_aside   INTEGER NOT NULL CHECK (set_aside BETWEEN 0 AND accepted),
    repeated    INTEGER NOT NULL CHECK (repeated >= 0),
    rejected    INTEGER NOT NULL CHECK (rejected >= 0),
    rows_digest BLOB NOT NULL,
    listed      BLOB,
    refused     BLOB,
    received_at INTEGER NOT NULL,
    PRIMARY KEY (upload, part),
    CHECK (submitted = accepted + repeated + rejected),
    CHECK (last_row - first_row + 1 = submitted)
) STRICT;

CREATE TRIGGER upload_part_never_changes BEFORE UPDATE ON upload_part
BEGIN SELECT RAISE(ABORT, 'upload_part is append-only'); END;

CREATE TRIGGER upload_part_stays BEFORE DELETE ON upload_part
BEGIN SELECT RAISE(ABORT, 'upload_part is append-only'); END;
