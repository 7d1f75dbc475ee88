-- People with accounts, what they may, their sessions; one-time links; systems with tokens of their own.

-- One account has one role. The factor is a random number that, with the operator's key, makes the secret of the second factor.
CREATE TABLE account (
    id          UUID NOT NULL PRIMARY KEY,
    name        TEXT NOT NULL UNIQUE CHECK (name <> ''),
    shown       TEXT NOT NULL,
    role        TEXT NOT NULL,
    state       TEXT NOT NULL CHECK (state IN ('active', 'locked')),
    password    TEXT,
    password_at BIGINT NOT NULL,
    factor      BYTEA,
    factor_new  BYTEA,
    factor_step BIGINT NOT NULL,
    created_at  BIGINT NOT NULL,
    updated_at  BIGINT NOT NULL
);

-- How far the role goes: a subject and what may be done for it, or an authority and its domains.
CREATE TABLE account_role (
    account  UUID NOT NULL REFERENCES account (id),
    place    BIGINT NOT NULL CHECK (place >= 0),
    object   TEXT NOT NULL,
    domains  JSONB NOT NULL,
    scope    TEXT NOT NULL,
    purpose  TEXT NOT NULL,
    until    BIGINT,
    PRIMARY KEY (account, place)
);

CREATE INDEX account_role_object ON account_role (object, account);

-- Codes in place of a lost second factor, each for one time, as keyed hashes.
CREATE TABLE recovery_code (
    account UUID NOT NULL REFERENCES account (id),
    hash    BYTEA NOT NULL,
    PRIMARY KEY (account, hash)
);

-- Sessions by the digests of their secrets. What ended is removed; the journal remembers.
CREATE TABLE session (
    id        BYTEA NOT NULL PRIMARY KEY,
    account   UUID NOT NULL REFERENCES account (id),
    stage     TEXT NOT NULL CHECK (stage IN ('factor', 'enrol', 'renew', 'open')),
    opened_at BIGINT NOT NULL,
    seen_at   BIGINT NOT NULL,
    address   TEXT NOT NULL,
    agent     TEXT NOT NULL
);

CREATE INDEX session_account ON session (account, opened_at);

-- Failures to sign in, by the keyed hash of a name or an address: of names that nobody has, too.
CREATE TABLE sign_in_failure (
    key      BYTEA NOT NULL PRIMARY KEY,
    failures BIGINT NOT NULL CHECK (failures >= 0),
    since    BIGINT NOT NULL,
    until    BIGINT
);

-- One-time links by the digests of their secrets: to a new account, or to one that is there (a new password).
CREATE TABLE invitation (
    id      BYTEA NOT NULL PRIMARY KEY,
    account UUID REFERENCES account (id),
    shown   TEXT NOT NULL,
    role    TEXT NOT NULL,
    grants  JSONB NOT NULL,
    made_by TEXT NOT NULL,
    made_at BIGINT NOT NULL,
    until   BIGINT NOT NULL,
    used_at BIGINT
);

-- Systems that come by themselves, by the digests of their tokens and perhaps of their certificates.
CREATE TABLE api_client (
    id          UUID NOT NULL PRIMARY KEY,
    name        TEXT NOT NULL UNIQUE CHECK (name <> ''),
    role        TEXT NOT NULL,
    grants      JSONB NOT NULL,
    token       BYTEA NOT NULL UNIQUE,
    certificate BYTEA,
    made_by     TEXT NOT NULL,
    made_at     BIGINT NOT NULL,
    until       BIGINT NOT NULL,
    revoked_at  BIGINT
);

-- Accounts by the names that other sign-in services have for their holders.
CREATE TABLE account_link (
    issuer  TEXT NOT NULL,
    holder  TEXT NOT NULL,
    account UUID NOT NULL REFERENCES account (id),
    made_at BIGINT NOT NULL,
    PRIMARY KEY (issuer, holder)
);

CREATE INDEX account_link_account ON account_link (account);
