-- To take domains from an authority takes two, too. A check cannot be altered here: the table is made anew, with what is in it.
PRAGMA defer_foreign_keys = ON;
CREATE TABLE proposal_kept AS SELECT * FROM proposal;
DROP TABLE proposal;

CREATE TABLE proposal (
    id             BLOB NOT NULL PRIMARY KEY,
    kind           TEXT NOT NULL CHECK (kind IN ('revoke-report', 'change-rules', 'merge-subjects', 'take-domains')),
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

INSERT INTO proposal SELECT * FROM proposal_kept;
DROP TABLE proposal_kept;

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
