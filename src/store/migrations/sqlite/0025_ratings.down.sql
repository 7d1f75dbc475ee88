-- What could not be rated before is not kept.
DELETE FROM rating WHERE act NOT IN ('issue', 'upload', 'case', 'verify');
CREATE TABLE rating_kept AS SELECT * FROM rating;
DROP TABLE rating;

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
    account    BLOB,
    UNIQUE (act, object, rater),
    CHECK ((reply IS NULL) = (replied_by IS NULL)),
    CHECK ((reply IS NULL) = (replied_at IS NULL))
) STRICT;

INSERT INTO rating (id, act, object, rater, stars, words, given_at, reply, replied_by, replied_at, account)
    SELECT id, act, object, rater, stars, words, given_at, reply, replied_by, replied_at, account FROM rating_kept;
DROP TABLE rating_kept;

CREATE INDEX rating_time ON rating (given_at, id);

CREATE INDEX rating_answer ON rating (replied_at, id);
