-- What needs two: proposals; the rules that were in force; how people rate the service; and what the console counts.

-- Something that one account asks for and another one decides. Decided once, and never changed afterwards.
CREATE TABLE proposal (
    id             BLOB NOT NULL PRIMARY KEY,
    kind           TEXT NOT NULL CHECK (kind IN ('revoke-report', 'change-rules', 'merge-subjects')),
    object         TEXT NOT NULL CHECK (object <> ''),
    payload        TEXT NOT NULL,
    payload_digest BLOB NOT NULL,
    reason         TEXT NOT NULL CHECK (reason <> ''),
    proposed_by    BLOB NOT NULL REFERENCES account (id),
    proposed_at    INTEGER NOT NULL,
    until          INTEGER NOT NULL CHECK (until > proposed_at),
    state          TEXT NOT NULL CHECK (state IN ('open', 'approved', 'declined', 'expired')),
    decided_by     BLOB REFERENCES account (id),
    decided_at     INTEGER CHECK (decided_at >= proposed_at),
    answer         TEXT,
    CHECK (decided_by IS NULL OR decided_by <> proposed_by),
    CHECK ((state IN ('approved', 'declined')) = (decided_by IS NOT NULL)),
    CHECK ((state = 'open') = (decided_at IS NULL))
) STRICT;

CREATE INDEX proposal_time ON proposal (proposed_at, id);

-- One open proposal about one thing.
CREATE UNIQUE INDEX proposal_open ON proposal (kind, object) WHERE state = 'open';

CREATE TRIGGER proposal_is_decided_once BEFORE UPDATE ON proposal
WHEN OLD.state <> 'open' OR NEW.state = 'open'
    OR (OLD.id, OLD.kind, OLD.object, OLD.payload, OLD.payload_digest, OLD.reason, OLD.proposed_by,
          OLD.proposed_at, OLD.until)
    IS NOT (NEW.id, NEW.kind, NEW.object, NEW.payload, NEW.payload_digest, NEW.reason, NEW.proposed_by,
          NEW.proposed_at, NEW.until)
BEGIN SELECT RAISE(ABORT, 'proposal is decided once'); END;

CREATE TRIGGER proposal_stays BEFORE DELETE ON proposal
BEGIN SELECT RAISE(ABORT, 'proposal is append-only'); END;

-- Catalogues, profiles and policies as texts, each from an instant on. Of a kind without a row the files of the program hold.
CREATE TABLE rule_version (
    kind           TEXT NOT NULL CHECK (kind IN ('catalogue', 'profile', 'policy')),
    number         INTEGER NOT NULL CHECK (number >= 1),
    id             TEXT NOT NULL,
    version        TEXT NOT NULL,
    body           TEXT NOT NULL,
    digest         BLOB NOT NULL,
    effective_from INTEGER NOT NULL,
    proposal       BLOB REFERENCES proposal (id),
    stored_at      INTEGER NOT NULL,
    PRIMARY KEY (kind, number),
    UNIQUE (kind, id, version),
    UNIQUE (kind, effective_from)
) STRICT;

CREATE TRIGGER rule_version_never_changes BEFORE UPDATE ON rule_version
BEGIN SELECT RAISE(ABORT, 'rule_version is append-only'); END;

CREATE TRIGGER rule_version_stays BEFORE DELETE ON rule_version
BEGIN SELECT RAISE(ABORT, 'rule_version is append-only'); END;

-- How somebody rates what was done for them: once for each act and session. The rater is a digest that leads to nobody.
CREATE TABLE rating (
    id         BLOB NOT NULL PRIMARY KEY,
    act        TEXT NOT NULL CHECK (act IN ('issue', 'upload', 'case', 'verify')),
    object     TEXT NOT NULL,
    rater      BLOB NOT NULL,
    stars      INTEGER NOT NULL CHECK (stars BETWEEN 1 AND 5),
    words      TEXT,
    given_at   INTEGER NOT NULL,
    reply      TEXT,
    replied_by BLOB REFERENCES account (id),
    replied_at INTEGER CHECK (replied_at >= given_at),
    UNIQUE (act, object, rater),
    CHECK ((reply IS NULL) = (replied_by IS NULL)),
    CHECK ((reply IS NULL) = (replied_at IS NULL))
) STRICT;

CREATE INDEX rating_time ON rating (given_at, id);

-- How many domains of a report got a conclusion.
ALTER TABLE report ADD COLUMN concluded INTEGER NOT NULL DEFAULT 0 CHECK (concluded >= 0);

DROP TRIGGER report_never_changes;

UPDATE report SET concluded = json_extract(CAST(facts AS TEXT), '$.summary.found')
    + json_extract(CAST(facts AS TEXT), '$.summary.none')
WHERE json_valid(CAST(facts AS TEXT)) AND json_extract(CAST(facts AS TEXT), '$.summary.none') IS NOT NULL;

CREATE TRIGGER report_never_changes BEFORE UPDATE ON report
BEGIN SELECT RAISE(ABORT, 'report is append-only'); END;

CREATE INDEX report_time ON report (issued_at, number);

CREATE INDEX journal_time ON journal (at, seq);
