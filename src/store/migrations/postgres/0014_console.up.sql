-- What needs two: proposals; the rules that were in force; how people rate the service; and what the console counts.

-- Something that one account asks for and another one decides. Decided once, and never changed afterwards.
CREATE TABLE proposal (
    id             UUID NOT NULL PRIMARY KEY,
    kind           TEXT NOT NULL CHECK (kind IN ('revoke-report', 'change-rules', 'merge-subjects')),
    object         TEXT NOT NULL CHECK (object <> ''),
    payload        TEXT NOT NULL,
    payload_digest BYTEA NOT NULL,
    reason         TEXT NOT NULL CHECK (reason <> ''),
    proposed_by    UUID NOT NULL REFERENCES account (id),
    proposed_at    BIGINT NOT NULL,
    until          BIGINT NOT NULL CHECK (until > proposed_at),
    state          TEXT NOT NULL CHECK (state IN ('open', 'approved', 'declined', 'expired')),
    decided_by     UUID REFERENCES account (id),
    decided_at     BIGINT CHECK (decided_at >= proposed_at),
    answer         TEXT,
    CHECK (decided_by IS NULL OR decided_by <> proposed_by),
    CHECK ((state IN ('approved', 'declined')) = (decided_by IS NOT NULL)),
    CHECK ((state = 'open') = (decided_at IS NULL))
);

CREATE INDEX proposal_time ON proposal (proposed_at, id);

-- One open proposal about one thing.
CREATE UNIQUE INDEX proposal_open ON proposal (kind, object) WHERE state = 'open';

CREATE FUNCTION proposal_decided_once() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.state <> 'open' OR NEW.state = 'open'
        OR (OLD.id, OLD.kind, OLD.object, OLD.payload, OLD.payload_digest, OLD.reason, OLD.proposed_by,
              OLD.proposed_at, OLD.until)
        IS DISTINCT FROM (NEW.id, NEW.kind, NEW.object, NEW.payload, NEW.payload_digest, NEW.reason,
              NEW.proposed_by, NEW.proposed_at, NEW.until)
    THEN RAISE EXCEPTION 'proposal is decided once'; END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER proposal_is_decided_once BEFORE UPDATE ON proposal
    FOR EACH ROW EXECUTE FUNCTION proposal_decided_once();
CREATE TRIGGER proposal_stays BEFORE DELETE ON proposal
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER proposal_is_not_emptied BEFORE TRUNCATE ON proposal
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- Catalogues, profiles and policies as texts, each from an instant on. Of a kind without a row the files of the program hold.
CREATE TABLE rule_version (
    kind           TEXT NOT NULL CHECK (kind IN ('catalogue', 'profile', 'policy')),
    number         BIGINT NOT NULL CHECK (number >= 1),
    id             TEXT NOT NULL,
    version        TEXT NOT NULL,
    body           TEXT NOT NULL,
    digest         BYTEA NOT NULL,
    effective_from BIGINT NOT NULL,
    proposal       UUID REFERENCES proposal (id),
    stored_at      BIGINT NOT NULL,
    PRIMARY KEY (kind, number),
    UNIQUE (kind, id, version),
    UNIQUE (kind, effective_from)
);

CREATE TRIGGER rule_version_never_changes BEFORE UPDATE OR DELETE ON rule_version
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER rule_version_is_not_emptied BEFORE TRUNCATE ON rule_version
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- How somebody rates what was done for them: once for each act and session. The rater is a digest that leads to nobody.
CREATE TABLE rating (
    id         UUID NOT NULL PRIMARY KEY,
    act        TEXT NOT NULL CHECK (act IN ('issue', 'upload', 'case', 'verify')),
    object     TEXT NOT NULL,
    rater      BYTEA NOT NULL,
    stars      BIGINT NOT NULL CHECK (stars BETWEEN 1 AND 5),
    words      TEXT,
    given_at   BIGINT NOT NULL,
    reply      TEXT,
    replied_by UUID REFERENCES account (id),
    replied_at BIGINT CHECK (replied_at >= given_at),
    UNIQUE (act, object, rater),
    CHECK ((reply IS NULL) = (replied_by IS NULL)),
    CHECK ((reply IS NULL) = (replied_at IS NULL))
);

CREATE INDEX rating_time ON rating (given_at, id);

-- How many domains of a report got a conclusion.
ALTER TABLE report ADD COLUMN concluded BIGINT NOT NULL DEFAULT 0 CHECK (concluded >= 0);

ALTER TABLE report DISABLE TRIGGER report_never_changes;

UPDATE report SET concluded =
    coalesce(substring(convert_from(facts, 'UTF8') from '"summary":\{[^}]*"found":([0-9]+)')::bigint, 0)
    + coalesce(substring(convert_from(facts, 'UTF8') from '"summary":\{[^}]*"none":([0-9]+)')::bigint, 0);

ALTER TABLE report ENABLE TRIGGER report_never_changes;

CREATE INDEX report_time ON report (issued_at, number);

CREATE INDEX journal_time ON journal (at, seq);
