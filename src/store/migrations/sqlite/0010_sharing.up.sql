-- What subjects show to others: grants and one-codes, who asked to look, and who looked.

-- The terms are fixed when it is made. A missing last day is the day of the look.
CREATE TABLE share (
    subject     BLOB NOT NULL REFERENCES subject (id),
    id          BLOB NOT NULL,
    kind        TEXT NOT NULL CHECK (kind IN ('dynamic', 'grant')),
    domains     TEXT NOT NULL,
    period_from TEXT NOT NULL,
    period_to   TEXT,
    recipient   TEXT,
    download    INTEGER NOT NULL,
    consent     INTEGER NOT NULL,
    made_by     TEXT NOT NULL,
    made_at     INTEGER NOT NULL,
    until       INTEGER NOT NULL,
    uses        INTEGER NOT NULL CHECK (uses >= 1),
    looks       INTEGER NOT NULL CHECK (looks >= 0),
    revoked_at  INTEGER,
    revoked_by  TEXT,
    PRIMARY KEY (subject, id)
) STRICT;

CREATE INDEX share_made ON share (subject, made_at, id);

-- The codes that lead to it, by their keyed hashes, and how often each may be used. Those that are long over are removed.
CREATE TABLE share_code (
    hash     BLOB NOT NULL PRIMARY KEY,
    subject  BLOB NOT NULL,
    share    BLOB NOT NULL,
    drawn_at INTEGER NOT NULL,
    until    INTEGER NOT NULL,
    uses     INTEGER NOT NULL CHECK (uses >= 1),
    used     INTEGER NOT NULL CHECK (used >= 0 AND used <= uses)
) STRICT;

CREATE INDEX share_code_until ON share_code (until);

-- A verifier wants to look, says what for, and the holder answers.
CREATE TABLE share_ask (
    subject    BLOB NOT NULL,
    share      BLOB NOT NULL,
    id         BLOB NOT NULL,
    code       BLOB NOT NULL,
    verifier   TEXT NOT NULL,
    shown      TEXT NOT NULL,
    purpose    TEXT NOT NULL,
    asked_at   INTEGER NOT NULL,
    state      TEXT NOT NULL CHECK (state IN ('waiting', 'agreed', 'declined', 'used')),
    decided_at INTEGER,
    decided_by TEXT,
    PRIMARY KEY (subject, share, id),
    FOREIGN KEY (subject, share) REFERENCES share (subject, id)
) STRICT;

-- Every look, for the holder to see. The address is shortened.
CREATE TABLE share_look (
    subject BLOB NOT NULL,
    share   BLOB NOT NULL,
    place   INTEGER NOT NULL CHECK (place >= 1),
    at      INTEGER NOT NULL,
    address TEXT NOT NULL,
    viewer  TEXT,
    shown   TEXT,
    purpose TEXT,
    PRIMARY KEY (subject, share, place),
    FOREIGN KEY (subject, share) REFERENCES share (subject, id)
) STRICT;

-- What a look is seen again by, for a while: an id, and the keyed hash of a secret that whoever looked holds.
CREATE TABLE share_view (
    id      BLOB NOT NULL PRIMARY KEY,
    secret  BLOB NOT NULL,
    subject BLOB NOT NULL,
    share   BLOB NOT NULL,
    place   INTEGER NOT NULL,
    until   INTEGER NOT NULL
) STRICT;

CREATE INDEX share_view_until ON share_view (until);
