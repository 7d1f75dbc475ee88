-- Files that somebody checks before they are stored, for a day; and for longer what was found wrong in those that were stored.

CREATE TABLE draft (
    id          BLOB NOT NULL PRIMARY KEY,
    authority   TEXT NOT NULL REFERENCES authority (code),
    domain      TEXT,
    owner       TEXT NOT NULL,
    file_name   TEXT NOT NULL,
    file        BLOB,
    settings    BLOB NOT NULL,
    found       BLOB NOT NULL,
    rejects     BLOB,
    upload      BLOB,
    received_at INTEGER NOT NULL
) STRICT;

CREATE INDEX draft_upload ON draft (upload);
CREATE INDEX draft_received ON draft (received_at);
