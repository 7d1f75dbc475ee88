-- What the authorities sent, and what they declared complete. Versions are never changed and never deleted: each holds
-- from received_at until superseded_at, which is set once.

CREATE TABLE authority (
    code       TEXT NOT NULL PRIMARY KEY,
    zh         TEXT NOT NULL,
    en         TEXT NOT NULL,
    contact    TEXT,
    domains    JSONB NOT NULL,
    organs     JSONB NOT NULL,
    updated_at BIGINT NOT NULL
);

CREATE TABLE upload (
    id          UUID NOT NULL PRIMARY KEY,
    authority   TEXT NOT NULL REFERENCES authority (code),
    domain      TEXT,
    file_name   TEXT NOT NULL,
    file_digest BYTEA NOT NULL,
    file_bytes  BIGINT NOT NULL CHECK (file_bytes >= 0),
    options     TEXT NOT NULL,
    submitted   BIGINT NOT NULL,
    accepted    BIGINT NOT NULL CHECK (accepted >= 0),
    repeated    BIGINT NOT NULL CHECK (repeated >= 0),
    rejected    BIGINT NOT NULL CHECK (rejected >= 0),
    rejects     BYTEA,
    received_at BIGINT NOT NULL,
    received_by TEXT NOT NULL,
    receipt     BYTEA NOT NULL,
    CHECK (submitted = accepted + repeated + rejected),
    UNIQUE (authority, file_digest, options)
);

CREATE INDEX upload_received ON upload (authority, received_at, id);

CREATE TABLE record_version (
    subject         UUID NOT NULL REFERENCES subject (id),
    record          UUID NOT NULL,
    number          BIGINT NOT NULL CHECK (number >= 1),
    kind            TEXT NOT NULL CHECK (kind IN ('penalty', 'compulsory-measure', 'dishonesty-list',
        'abnormal-list', 'criminal', 'court-enforcement')),
    organ           TEXT NOT NULL,
    document_number TEXT NOT NULL,
    domain          TEXT NOT NULL,
    decided_on      DATE NOT NULL,
    operation       TEXT NOT NULL CHECK (operation IN ('insert', 'correct', 'withdraw', 'annul', 'repair',
        'repair-revoked', 'suspend', 'objection-open', 'objection-closed')),
    upload          UUID NOT NULL,
    line      BIGINT NOT NULL CHECK (line >= 0),
    received_at     BIGINT NOT NULL,
    superseded_at   BIGINT CHECK (superseded_at >= received_at),
    content         BYTEA NOT NULL,
    details         JSONB NOT NULL,
    standing        JSONB NOT NULL,
    PRIMARY KEY (subject, record, number)
);

-- One newest version for each key: the identity of a record, and the way to it from a row of a file.
CREATE UNIQUE INDEX record_version_newest ON record_version (subject, organ, document_number, kind)
    WHERE superseded_at IS NULL;

-- What a report asks: a subject's versions in some domains and days, as known at an instant.
CREATE INDEX record_version_report ON record_version (subject, domain, decided_on, received_at, superseded_at);

CREATE TABLE declaration (
    authority         TEXT NOT NULL REFERENCES authority (code),
    domain            TEXT NOT NULL,
    number            BIGINT NOT NULL CHECK (number >= 1),
    data_from         DATE NOT NULL,
    complete_through  DATE NOT NULL,
    declared_lag_days BIGINT NOT NULL CHECK (declared_lag_days BETWEEN 0 AND 65535),
    last_success_at   BIGINT NOT NULL,
    nothing_to_report BOOLEAN NOT NULL,
    received_at       BIGINT NOT NULL,
    superseded_at     BIGINT CHECK (superseded_at >= received_at),
    PRIMARY KEY (authority, domain, number)
);

CREATE INDEX declaration_domain ON declaration (domain, received_at);

-- Rows that name nobody for certain, kept aside whole until somebody says whose they are.
CREATE TABLE candidate (
    id              UUID NOT NULL PRIMARY KEY,
    upload          UUID NOT NULL,
    line      BIGINT NOT NULL CHECK (line >= 0),
    authority       TEXT NOT NULL REFERENCES authority (code),
    kind            TEXT NOT NULL CHECK (kind IN ('penalty', 'compulsory-measure', 'dishonesty-list',
        'abnormal-list', 'criminal', 'court-enforcement')),
    organ           TEXT NOT NULL,
    document_number TEXT NOT NULL,
    domain          TEXT NOT NULL,
    decided_on      DATE NOT NULL,
    name            TEXT NOT NULL,
    normal          TEXT NOT NULL,
    content         BYTEA NOT NULL,
    details         JSONB NOT NULL,
    received_at     BIGINT NOT NULL,
    resolved_at     BIGINT CHECK (resolved_at >= received_at),
    resolved_by     TEXT,
    resolved_to     UUID,
    UNIQUE (organ, document_number, kind, normal, content),
    CHECK ((resolved_at IS NULL) = (resolved_by IS NULL)),
    CHECK (resolved_to IS NULL OR resolved_at IS NOT NULL)
);

CREATE INDEX candidate_open ON candidate (authority, received_at, id) WHERE resolved_at IS NULL;

CREATE INDEX candidate_normal ON candidate (normal);

-- Whom a candidate may belong to.
CREATE TABLE candidate_subject (
    subject   UUID NOT NULL REFERENCES subject (id),
    candidate UUID NOT NULL REFERENCES candidate (id),
    PRIMARY KEY (subject, candidate)
);

CREATE INDEX candidate_subject_candidate ON candidate_subject (candidate);

CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$;

CREATE FUNCTION supersede_once() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.superseded_at IS NULL AND NEW.superseded_at IS NOT NULL THEN
        OLD.superseded_at := NEW.superseded_at;
        IF OLD IS NOT DISTINCT FROM NEW THEN
            RETURN NEW;
        END IF;
    END IF;
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$;

CREATE TRIGGER record_version_changes_once BEFORE UPDATE ON record_version
    FOR EACH ROW EXECUTE FUNCTION supersede_once();
CREATE TRIGGER record_version_stays BEFORE DELETE ON record_version
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER record_version_is_not_emptied BEFORE TRUNCATE ON record_version
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE TRIGGER declaration_changes_once BEFORE UPDATE ON declaration
    FOR EACH ROW EXECUTE FUNCTION supersede_once();
CREATE TRIGGER declaration_stays BEFORE DELETE ON declaration
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER declaration_is_not_emptied BEFORE TRUNCATE ON declaration
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE TRIGGER upload_never_changes BEFORE UPDATE OR DELETE ON upload
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER upload_is_not_emptied BEFORE TRUNCATE ON upload
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
