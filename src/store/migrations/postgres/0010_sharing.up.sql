-- What subjects show to others: grants and one-codes, who asked to look, and who looked.

-- The terms are fixed when it is made. A missing last day is the day of the look.
CREATE TABLE share (
    subject     UUID NOT NULL REFERENCES subject (id),
    id          UUID NOT NULL,
    kind        TEXT NOT NULL CHECK (kind IN ('dynamic', 'grant')),
    domains     JSONB NOT NULL,
    period_from DATE NOT NULL,
    period_to   DATE,
    recipient   TEXT,
    download    BOOLEAN NOT NULL,
    consent     BOOLEAN NOT NULL,
    made_by     TEXT NOT NULL,
    made_at     BIGINT NOT NULL,
    until       BIGINT NOT NULL,
    uses        BIGINT NOT NULL CHECK (uses >= 1),
    looks       BIGINT NOT NULL CHECK (looks >= 0),
    revoked_at  BIGINT,
    revoked_by  TEXT,
    PRIMARY KEY (subject, id)
);

CREATE INDEX share_made ON share (subject, made_at, id);

-- The codes that lead to it, by their keyed hashes, and how often each may be used. Those that are long over are removed.
CREATE TABLE share_code (
    hash     BYTEA NOT NULL PRIMARY KEY,
    subject  UUID NOT NULL,
    share    UUID NOT NULL,
    drawn_at BIGINT NOT NULL,
    until    BIGINT NOT NULL,
    uses     BIGINT NOT NULL CHECK (uses >= 1),
    used     BIGINT NOT NULL CHECK (used >= 0 AND used <= uses)
);

CREATE INDEX share_code_until ON share_code (until);

-- A verifier wants to look, says what for, and the holder answers.
CREATE TABLE share_ask (
    subject    UUID NOT NULL,
    share      UUID NOT NULL,
    id         UUID NOT NULL,
    code       BYTEA NOT NULL,
    verifier   TEXT NOT NULL,
    shown      TEXT NOT NULL,
    purpose    TEXT NOT NULL,
    asked_at   BIGINT NOT NULL,
    state      TEXT NOT NULL CHECK (state IN ('waiting', 'agreed', 'declined', 'used')),
    decided_at BIGINT,
    decided_by TEXT,
    PRIMARY KEY (subject, share, id),
    FOREIGN KEY (subject, share) REFERENCES share (subject, id)
);

-- Every look, for the holder to see. The address is shortened.
CREATE TABLE share_look (
    subject UUID NOT NULL,
    share   UUID NOT NULL,
    place   BIGINT NOT NULL CHECK (place >= 1),
    at      BIGINT NOT NULL,
    address TEXT NOT NULL,
    viewer  TEXT,
    shown   TEXT,
    purpose TEXT,
    PRIMARY KEY (subject, share, place),
    FOREIGN KEY (subject, share) REFERENCES share (subject, id)
);

-- What a look is seen again by, for a while: an id, and the keyed hash of a secret that whoever looked holds.
CREATE TABLE share_view (
    id      UUID NOT NULL PRIMARY KEY,
    secret  BYTEA NOT NULL,
    subject UUID NOT NULL,
    share   UUID NOT NULL,
    place   BIGINT NOT NULL,
    until   BIGINT NOT NULL
);

CREATE INDEX share_view_until ON share_view (until);
