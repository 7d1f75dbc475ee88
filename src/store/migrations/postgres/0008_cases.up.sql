-- Objections, repairs and annulments as cases; fresh reports in place of disputed and superseded ones; and what is needed to tell
-- how good an authority's data are.

-- A case as it is now; case_event tells how it came to be so. One is open for a record and a kind at most.
CREATE TABLE credit_case (
    subject         UUID NOT NULL REFERENCES subject (id),
    id              UUID NOT NULL,
    record          UUID NOT NULL,
    kind            TEXT NOT NULL CHECK (kind IN ('objection', 'repair', 'annulment')),
    authority       TEXT REFERENCES authority (code),
    document_number TEXT NOT NULL,
    domain          TEXT NOT NULL,
    told_by         TEXT NOT NULL CHECK (told_by IN ('applicant', 'authority', 'operator')),
    promises        JSONB NOT NULL,
    opened_at       BIGINT NOT NULL,
    opened_by       TEXT NOT NULL,
    marked          BOOLEAN NOT NULL,
    state           TEXT NOT NULL,
    outcome         TEXT,
    extended        BOOLEAN NOT NULL,
    place           BIGINT NOT NULL CHECK (place >= 1),
    counted_from    BIGINT NOT NULL,
    due_at          BIGINT,
    remind_at       BIGINT,
    ended_at        BIGINT,
    PRIMARY KEY (subject, id)
);

CREATE UNIQUE INDEX credit_case_open ON credit_case (subject, record, kind) WHERE ended_at IS NULL;

CREATE INDEX credit_case_authority ON credit_case (authority, id);

CREATE INDEX credit_case_due ON credit_case (authority, domain, due_at) WHERE ended_at IS NULL;

CREATE INDEX credit_case_overdue ON credit_case (due_at) WHERE ended_at IS NULL;

CREATE INDEX credit_case_remind ON credit_case (remind_at) WHERE remind_at IS NOT NULL;

-- Which subject a case is about.
CREATE TABLE case_key (
    id      UUID NOT NULL PRIMARY KEY,
    subject UUID NOT NULL
);

-- Who did what, when and why. The first event, which opens the case, has no step.
CREATE TABLE case_event (
    subject UUID NOT NULL,
    case_id UUID NOT NULL,
    place   BIGINT NOT NULL CHECK (place >= 1),
    step    TEXT,
    state   TEXT NOT NULL,
    party   TEXT NOT NULL CHECK (party IN ('applicant', 'authority', 'operator')),
    actor   TEXT NOT NULL,
    at      BIGINT NOT NULL,
    reason  TEXT,
    PRIMARY KEY (subject, case_id, place),
    FOREIGN KEY (subject, case_id) REFERENCES credit_case (subject, id)
);

-- What was brought as evidence: the bytes are an object under their digest.
CREATE TABLE case_evidence (
    subject    UUID NOT NULL,
    case_id    UUID NOT NULL,
    place      BIGINT NOT NULL CHECK (place >= 1),
    digest     BYTEA NOT NULL,
    name       TEXT NOT NULL,
    media_type TEXT NOT NULL CHECK (media_type IN ('application/pdf', 'image/jpeg', 'image/png')),
    bytes      BIGINT NOT NULL CHECK (bytes > 0),
    party      TEXT NOT NULL CHECK (party IN ('applicant', 'authority', 'operator')),
    actor      TEXT NOT NULL,
    at         BIGINT NOT NULL,
    PRIMARY KEY (subject, case_id, place),
    UNIQUE (subject, case_id, digest),
    FOREIGN KEY (subject, case_id) REFERENCES credit_case (subject, id)
);

-- Reminders that were given; `place` is the event whose part of the case they are about.
CREATE TABLE case_reminder (
    subject   UUID NOT NULL,
    case_id   UUID NOT NULL,
    place     BIGINT NOT NULL,
    reminder  TEXT NOT NULL CHECK (reminder IN ('near', 'overdue')),
    authority TEXT,
    due_at    BIGINT NOT NULL,
    at        BIGINT NOT NULL,
    PRIMARY KEY (subject, case_id, place, reminder),
    FOREIGN KEY (subject, case_id) REFERENCES credit_case (subject, id)
);

CREATE INDEX case_reminder_authority ON case_reminder (authority, at, case_id);

CREATE INDEX case_reminder_at ON case_reminder (at, case_id);

-- The fresh report that was issued because another had got a new status at this place.
CREATE TABLE report_renewal (
    subject UUID NOT NULL,
    number  TEXT NOT NULL,
    place   BIGINT NOT NULL CHECK (place >= 1),
    fresh   TEXT NOT NULL,
    at      BIGINT NOT NULL,
    PRIMARY KEY (subject, number, place),
    FOREIGN KEY (subject, number) REFERENCES report (subject, number)
);

-- What an organ's decisions looked like as they came in: everything that quality asks, without a look at the records.
CREATE INDEX record_version_received ON record_version (organ, received_at, domain, operation, decided_on);

CREATE TRIGGER credit_case_keeps_what_it_is_about BEFORE UPDATE OF subject, id, record, kind, authority, told_by, promises,
    opened_at, opened_by, marked OR DELETE ON credit_case
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER credit_case_is_not_emptied BEFORE TRUNCATE ON credit_case
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE TRIGGER case_key_never_changes BEFORE UPDATE OR DELETE ON case_key
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER case_key_is_not_emptied BEFORE TRUNCATE ON case_key
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE TRIGGER case_event_never_changes BEFORE UPDATE OR DELETE ON case_event
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER case_event_is_not_emptied BEFORE TRUNCATE ON case_event
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE TRIGGER case_evidence_never_changes BEFORE UPDATE OR DELETE ON case_evidence
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER case_evidence_is_not_emptied BEFORE TRUNCATE ON case_evidence
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE TRIGGER case_reminder_never_changes BEFORE UPDATE OR DELETE ON case_reminder
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER case_reminder_is_not_emptied BEFORE TRUNCATE ON case_reminder
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE TRIGGER report_renewal_never_changes BEFORE UPDATE OR DELETE ON report_renewal
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER report_renewal_is_not_emptied BEFORE TRUNCATE ON report_renewal
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
