-- Records are found by their ids, and by what their authorities know of them. Rejected rows hold back whom they name.

-- The way from a record's id to its subject: one entry for each record, written once.
CREATE UNIQUE INDEX record_version_record ON record_version (record) WHERE number = 1;

-- What an authority asks for: its domain's newest versions as they came, and those of a document.
CREATE INDEX record_version_domain ON record_version (domain, received_at, record) WHERE superseded_at IS NULL;

CREATE INDEX record_version_document ON record_version (document_number, organ) WHERE superseded_at IS NULL;

-- What a report shows, from the report's side.
CREATE INDEX report_record_report ON report_record (report_subject, number);

-- Why a row kept aside was given to whom it was given.
ALTER TABLE candidate ADD COLUMN reason TEXT;

CREATE INDEX candidate_document ON candidate (organ, document_number) WHERE resolved_at IS NULL;

-- Rejected rows that name somebody: what they tell may be missing here, until a good row comes or somebody closes them.
-- Columns that cannot be read are missing.
CREATE TABLE rejection (
    id              BLOB NOT NULL PRIMARY KEY,
    upload          BLOB NOT NULL,
    line            INTEGER NOT NULL CHECK (line >= 0),
    authority       TEXT NOT NULL REFERENCES authority (code),
    domains         TEXT NOT NULL,
    organ           TEXT,
    document_number TEXT,
    kind            TEXT,
    decided_on      TEXT,
    code            TEXT,
    name            TEXT,
    normal          TEXT,
    faults          TEXT NOT NULL,
    sent            BLOB NOT NULL,
    received_at     INTEGER NOT NULL,
    closed_at       INTEGER CHECK (closed_at >= received_at),
    closed_by       TEXT,
    reason          TEXT,
    CHECK ((closed_at IS NULL) = (closed_by IS NULL))
) STRICT;

CREATE UNIQUE INDEX rejection_open ON rejection (authority, sent) WHERE closed_at IS NULL;

CREATE INDEX rejection_received ON rejection (authority, received_at, id) WHERE closed_at IS NULL;

CREATE INDEX rejection_document ON rejection (organ, document_number) WHERE closed_at IS NULL;

CREATE INDEX rejection_code ON rejection (code) WHERE closed_at IS NULL;

CREATE INDEX rejection_normal ON rejection (normal) WHERE closed_at IS NULL;

-- Whom a rejected row holds back.
CREATE TABLE rejection_subject (
    subject   BLOB NOT NULL REFERENCES subject (id),
    rejection BLOB NOT NULL REFERENCES rejection (id),
    PRIMARY KEY (subject, rejection)
) STRICT;

CREATE INDEX rejection_subject_rejection ON rejection_subject (rejection);
