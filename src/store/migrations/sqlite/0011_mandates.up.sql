-- What somebody whom the operator made act for a subject allows another account to do for it. A mandate holds while it is neither
-- revoked nor over, and while whoever gave it may still give it.
CREATE TABLE mandate (
    subject    BLOB NOT NULL REFERENCES subject (id),
    id         BLOB NOT NULL,
    giver      BLOB NOT NULL REFERENCES account (id),
    account    BLOB NOT NULL REFERENCES account (id),
    scope      TEXT NOT NULL,
    purpose    TEXT NOT NULL,
    since      INTEGER NOT NULL,
    until      INTEGER NOT NULL CHECK (until > since),
    revoked_at INTEGER,
    PRIMARY KEY (subject, id)
) STRICT;

CREATE INDEX mandate_account ON mandate (account, subject);
