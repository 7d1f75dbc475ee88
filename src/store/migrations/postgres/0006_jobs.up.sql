-- Work that outlives its request, and the parts in which large uploads are stored.

-- A queue: rows change and old ones are removed. Whoever works on a job holds its lease under a name of its own for each
-- try; who lost it finds no row to change, and its transaction does not commit.
CREATE TABLE job (
    id            UUID NOT NULL PRIMARY KEY,
    kind          TEXT NOT NULL,
    about         TEXT NOT NULL,
    authority     TEXT REFERENCES authority (code),
    payload       JSONB NOT NULL,
    state         TEXT NOT NULL CHECK (state IN ('queued', 'running', 'done', 'failed', 'cancelled')),
    attempts      BIGINT NOT NULL CHECK (attempts >= 0),
    run_after     BIGINT NOT NULL,
    lease_owner   UUID,
    lease_until   BIGINT,
    cancel        BOOLEAN NOT NULL,
    progress      JSONB NOT NULL,
    outcome       JSONB,
    revision      BIGINT NOT NULL CHECK (revision >= 1),
    created_at    BIGINT NOT NULL,
    created_by    TEXT NOT NULL,
    finished_at   BIGINT,
    CHECK ((state = 'running') = (lease_owner IS NOT NULL)),
    CHECK ((lease_owner IS NULL) = (lease_until IS NULL)),
    CHECK ((state IN ('queued', 'running')) = (finished_at IS NULL))
);

CREATE INDEX job_due ON job (run_after, id) WHERE state IN ('queued', 'running');

-- One thing is worked on once: whoever brings it again gets the job that is there.
CREATE UNIQUE INDEX job_open ON job (kind, about) WHERE state IN ('queued', 'running', 'failed');

CREATE INDEX job_of_authority ON job (authority, created_at, id);

CREATE INDEX job_created ON job (created_at, id);

-- What became of the rows of a file, some thousands at a time, each part in one transaction with its records.
CREATE TABLE upload_part (
    upload      UUID NOT NULL,
    part        BIGINT NOT NULL CHECK (part >= 1),
    first_row   BIGINT NOT NULL CHECK (first_row >= 1),
    last_row    BIGINT NOT NULL,
    submitted   BIGINT NOT NULL CHECK (submitted >= 1),
    accepted    BIGINT NOT NULL CHECK (accepted >= 0),
    corrected   BIGINT NOT NULL CHECK (corrected BETWEEN 0 AND accepted),
    set_aside   BIGINT NOT NULL CHECK (set_aside BETWEEN 0 AND accepted),
    repeated    BIGINT NOT NULL CHECK (repeated >= 0),
    rejected    BIGINT NOT NULL CHECK (rejected >= 0),
    rows_digest BYTEA NOT NULL,
    listed      BYTEA,
    refused     BYTEA,
    received_at BIGINT NOT NULL,
    PRIMARY KEY (upload, part),
    CHECK (submitted = accepted + repeated + rejected),
    CHECK (last_row - first_row + 1 = submitted)
);

CREATE TRIGGER upload_part_never_changes BEFORE UPDATE OR DELETE ON upload_part
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER upload_part_is_not_emptied BEFORE TRUNCATE ON upload_part
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
