-- Whom records and reports are about, under which names and codes, and how they relate.

CREATE TABLE subject (
    id           UUID NOT NULL PRIMARY KEY,
    kind         TEXT NOT NULL CHECK (kind IN ('enterprise', 'individual-business', 'farmers-cooperative',
        'social-organisation', 'public-institution', 'other-organisation', 'natural-person')),
    registration JSONB NOT NULL,
    updated_at   BIGINT NOT NULL
);

-- Every code of every subject, to find it by: 0 is the present primary one. Keyed by the code, which no two may share.
CREATE TABLE subject_code (
    scheme  TEXT NOT NULL CHECK (scheme IN ('credit-code', 'registration-number', 'organisation-code',
        'tax-number', 'institution-number', 'social-organisation-number', 'identity-number')),
    value   TEXT NOT NULL CHECK (value <> ''),
    subject UUID NOT NULL REFERENCES subject (id),
    place   BIGINT NOT NULL CHECK (place >= 0),
    PRIMARY KEY (scheme, value)
);

CREATE INDEX subject_code_of ON subject_code (subject, place);

-- The names a subject bears and bore, the present one first; `normal` is what names are compared by.
CREATE TABLE subject_name (
    subject  UUID NOT NULL REFERENCES subject (id),
    place    BIGINT NOT NULL CHECK (place >= 0),
    name     TEXT NOT NULL,
    normal   TEXT NOT NULL,
    from_day DATE,
    to_day   DATE,
    PRIMARY KEY (subject, place)
);

CREATE INDEX subject_name_normal ON subject_name (normal, subject);

CREATE TABLE subject_relation (
    subject  UUID NOT NULL REFERENCES subject (id),
    place    BIGINT NOT NULL CHECK (place >= 0),
    kind     TEXT NOT NULL CHECK (kind IN ('branch-of', 'subsidiary-of', 'controlled-by', 'merged-into')),
    other    UUID NOT NULL,
    from_day DATE,
    to_day   DATE,
    PRIMARY KEY (subject, place)
);

CREATE INDEX subject_relation_other ON subject_relation (other, kind, subject);
