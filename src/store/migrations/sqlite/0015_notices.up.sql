-- What people and systems are told: notices, where mail goes, webhooks, watched reports, and messages on their way out.

-- What is told, written with what it tells. Keyed by whom it concerns: a subject, an authority, an account, the operator.
-- The same thing is told once: `slot` is what tells one telling about an object from the next.
CREATE TABLE notice (
    audience  TEXT NOT NULL CHECK (audience <> ''),
    id        BLOB NOT NULL,
    kind      TEXT NOT NULL,
    object    TEXT NOT NULL,
    slot      INTEGER NOT NULL,
    domain    TEXT,
    times     INTEGER NOT NULL CHECK (times >= 1),
    details   TEXT NOT NULL,
    at        INTEGER NOT NULL,
    spread_at INTEGER,
    PRIMARY KEY (audience, id),
    UNIQUE (audience, kind, object, slot)
) STRICT;

-- Those that are yet to be told by mail and to webhooks.
CREATE INDEX notice_waiting ON notice (at, id) WHERE spread_at IS NULL;

CREATE INDEX notice_at ON notice (at);

CREATE TABLE notice_read (
    account BLOB NOT NULL REFERENCES account (id),
    notice  BLOB NOT NULL,
    read_at INTEGER NOT NULL,
    PRIMARY KEY (account, notice)
) STRICT;

CREATE INDEX notice_read_notice ON notice_read (notice);

-- Where mail to an account goes, once that was confirmed; and what it is about. The link that confirms is made of `number` and
-- the operator's key.
CREATE TABLE mailbox (
    account      BLOB NOT NULL PRIMARY KEY REFERENCES account (id),
    address      TEXT NOT NULL,
    kinds        TEXT NOT NULL,
    number       BLOB,
    until        INTEGER,
    confirmed_at INTEGER
) STRICT;

-- Places that an account was used from, as keyed hashes.
CREATE TABLE sign_in_place (
    account BLOB NOT NULL REFERENCES account (id),
    place   BLOB NOT NULL,
    at      INTEGER NOT NULL,
    PRIMARY KEY (account, place)
) STRICT;

-- Where systems are told. The secret is made of `number` and the operator's key; the one before holds until `old_until`.
CREATE TABLE webhook (
    id         BLOB NOT NULL PRIMARY KEY,
    owner      TEXT NOT NULL,
    url        TEXT NOT NULL,
    events     TEXT NOT NULL,
    paused     TEXT,
    number     BLOB NOT NULL,
    old_number BLOB,
    old_until  INTEGER,
    made_at    INTEGER NOT NULL
) STRICT;

CREATE INDEX webhook_owner ON webhook (owner, id);

-- Who wants to know how a report stands.
CREATE TABLE watch (
    subject BLOB NOT NULL,
    number  TEXT NOT NULL,
    owner   TEXT NOT NULL,
    at      INTEGER NOT NULL,
    PRIMARY KEY (subject, number, owner),
    FOREIGN KEY (subject, number) REFERENCES report (subject, number)
) STRICT;

CREATE INDEX watch_owner ON watch (owner, at, number);

-- Messages on their way: mail to an account, or calls to a webhook. Whoever sends one holds its lease.
CREATE TABLE outbox (
    target      BLOB NOT NULL,
    id          BLOB NOT NULL,
    channel     TEXT NOT NULL CHECK (channel IN ('mail', 'webhook')),
    about       TEXT NOT NULL,
    event       TEXT NOT NULL,
    body        TEXT NOT NULL,
    state       TEXT NOT NULL CHECK (state IN ('waiting', 'sent', 'dead')),
    attempts    INTEGER NOT NULL CHECK (attempts >= 0),
    run_after   INTEGER NOT NULL,
    lease_owner BLOB,
    lease_until INTEGER,
    status      INTEGER,
    fault       TEXT,
    made_at     INTEGER NOT NULL,
    ended_at    INTEGER,
    PRIMARY KEY (target, id),
    CHECK ((lease_owner IS NULL) = (lease_until IS NULL)),
    CHECK ((state = 'waiting') = (ended_at IS NULL))
) STRICT;

CREATE INDEX outbox_due ON outbox (run_after, id) WHERE state = 'waiting';

CREATE INDEX outbox_dead ON outbox (ended_at, id) WHERE state = 'dead';

CREATE INDEX outbox_ended ON outbox (ended_at);

-- One message about the same thing waits at a time.
CREATE UNIQUE INDEX outbox_about ON outbox (target, about) WHERE state = 'waiting';

-- Work that goes over everything once a day, and how far it is.
CREATE TABLE daily_round (
    name TEXT NOT NULL PRIMARY KEY,
    day  TEXT NOT NULL,
    upto TEXT
) STRICT;
