-- People with accounts, what they may, their sessions; one-time links; systems with tokens of their own.

-- One account has one role. The factor is a random number that, with the operator's key, makes the secret of the second factor.
CREATE TABLE account (
    id          BLOB NOT NULL PRIMARY KEY,
    name        TEXT NOT NULL UNIQUE CHECK (name <> ''),
    shown       TEXT NOT NULL,
    role        TEXT NOT NULL,
    state       TEXT NOT NULL CHECK (state IN ('active', 'locked')),
    password    TEXT,
    password_at INTEGER NOT NULL,
    factor      BLOB,
    factor_new  BLOB,
    factor_step INTEGER NOT NULL,
    created_at  INTEGER NOT NULL,
    updated_at  INTEGER NOT NULL
) STRICT;

-- How far the role goes: a subject and what may be done for it, or an authority and its domains.
CREATE TABLE account_role (
    account  BLOB NOT NULL REFERENCES account (id),
    place    INTEGER NOT NULL CHECK (place >= 0),
    object   TEXT NOT NULL,
    domains  TEXT NOT NULL,
    scope    TEXT NOT NULL,
    purpose  TEXT NOT NULL,
    until    INTEGER,
    PRIMARY KEY (account, place)
) STRICT;

CREATE INDEX account_role_object ON account_role (object, account);

-- Codes in place of a lost second factor, each for one time, as keyed hashes.
CREATE TABLE recovery_code (
    account BLOB NOT NULL REFERENCES account (id),
    hash    BLOB NOT NULL,
    PRIMARY KEY (account, hash)
) STRICT;

-- Sessions by the digests of their secrets. What ended is removed; the journal remembers.
CREATE TABLE session (
    id        BLOB NOT NULL PRIMARY KEY,
    account   BLOB NOT NULL REFERENCES account (id),
    stage     TEXT NOT NULL CHECK (stage IN ('factor', 'enrol', 'renew', 'open')),
    opened_at INTEGER NOT NULL,
    seen_at   INTEGER NOT NULL,
    address   TEXT NOT NULL,
    agent     TEXT NOT NULL
) STRICT;

CREATE INDEX session_account ON session (account, opened_at);

-- Failures to sign in, by the keyed hash of a name or an address: of names that nobody has, too.
CREATE TABLE sign_in_failure (
    key      BLOB NOT NULL PRIMARY KEY,
    failures INTEGER NOT NULL CHECK (failures >= 0),
    since    INTEGER NOT NULL,
    until    INTEGER
) STRICT;

-- One-time links by the digests of their secrets: to a new account, or to one that is there (a new password).
CREATE TABLE invitation (
    id      BLOB NOT NULL PRIMARY KEY,
    account BLOB REFERENCES account (id),
    shown   TEXT NOT NULL,
    role    TEXT NOT NULL,
    grants  TEXT NOT NULL,
    made_by TEXT NOT NULL,
    made_at INTEGER NOT NULL,
    until   INTEGER NOT NULL,
    used_at INTEGER
) STRICT;

-- Systems that come by themselves, by the digests of their tokens and perhaps of their certificates.
CREATE TABLE api_client (
    id          BLOB NOT NULL PRIMARY KEY,
    name        TEXT NOT NULL UNIQUE CHECK (name <> ''),
    role        TEXT NOT NULL,
    grants      TEXT NOT NULL,
    token       BLOB NOT NULL UNIQUE,
    certificate BLOB,
    made_by     TEXT NOT NULL,
    made_at     INTEGER NOT NULL,
    until       INTEGER NOT NULL,
    revoked_at  INTEGER
) STRICT;

-- Accounts by the names that other sign-in services have for their holders.
CREATE TABLE account_link (
    issuer  TEXT NOT NULL,
    holder  TEXT NOT NULL,
    account BLOB NOT NULL REFERENCES account (id),
    made_at INTEGER NOT NULL,
    PRIMARY KEY (issuer, holder)
) STRICT;

CREATE INDEX account_link_account ON account_link (account);
