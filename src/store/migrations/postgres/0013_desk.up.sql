-- Files that somebody checks before they are stored, for a day; and for longer what was found wrong in those that were stored.

CREATE TABLE draft (
    id          UUID NOT NULL PRIMARY KEY,
    authority   TEXT NOT NULL REFERENCES authority (code),
    domain      TEXT,
    owner       TEXT NOT NULL,
    file_name   TEXT NOT NULL,
    file        BYTEA,
    settings    BYTEA NOT NULL,
    found       BYTEA NOT NULL,
    rejects     BYTEA,
    upload      UUID,
    received_at BIGINT NOT NULL
);

CREATE INDEX draft_upload ON draft (upload);
CREATE INDEX draft_received ON draft (received_at);
