-- What somebody whom the operator made act for a subject allows another account to do for it. A mandate holds while it is neither
-- revoked nor over, and while whoever gave it may still give it.
CREATE TABLE mandate (
    subject    UUID NOT NULL REFERENCES subject (id),
    id         UUID NOT NULL,
    giver      UUID NOT NULL REFERENCES account (id),
    account    UUID NOT NULL REFERENCES account (id),
    scope      TEXT NOT NULL,
    purpose    TEXT NOT NULL,
    since      BIGINT NOT NULL,
    until      BIGINT NOT NULL CHECK (until > since),
    revoked_at BIGINT,
    PRIMARY KEY (subject, id)
);

CREATE INDEX mandate_account ON mandate (account, subject);
