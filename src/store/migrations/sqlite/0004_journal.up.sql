-- Every act that matters, chained by digests: who, when, what, on what, with which result.

CREATE TABLE journal (
    seq      INTEGER NOT NULL PRIMARY KEY CHECK (seq >= 1),
    at       INTEGER NOT NULL,
    actor    TEXT NOT NULL,
    act      TEXT NOT NULL,
    object   TEXT NOT NULL,
    result   TEXT NOT NULL,
    details  TEXT NOT NULL,
    previous BLOB NOT NULL,
    digest   BLOB NOT NULL
) STRICT;

CREATE INDEX journal_object ON journal (object, seq);

INSERT INTO series (name, last, digest) VALUES ('journal', 0, zeroblob(32));

CREATE TRIGGER journal_never_changes BEFORE UPDATE ON journal
BEGIN SELECT RAISE(ABORT, 'journal is append-only'); END;

CREATE TRIGGER journal_stays BEFORE DELETE ON journal
BEGIN SELECT RAISE(ABORT, 'journal is append-only'); END;
