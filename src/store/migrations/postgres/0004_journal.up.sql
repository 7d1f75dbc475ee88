-- Every act that matters, chained by digests: who, when, what, on what, with which result.

CREATE TABLE journal (
    seq      BIGINT NOT NULL PRIMARY KEY CHECK (seq >= 1),
    at       BIGINT NOT NULL,
    actor    TEXT NOT NULL,
    act      TEXT NOT NULL,
    object   TEXT NOT NULL,
    result   TEXT NOT NULL,
    details  TEXT NOT NULL,
    previous BYTEA NOT NULL,
    digest   BYTEA NOT NULL
);

CREATE INDEX journal_object ON journal (object, seq);

INSERT INTO series (name, last, digest) VALUES ('journal', 0, decode(repeat('00', 32), 'hex'));

CREATE TRIGGER journal_never_changes BEFORE UPDATE OR DELETE ON journal
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER journal_is_not_emptied BEFORE TRUNCATE ON journal
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
