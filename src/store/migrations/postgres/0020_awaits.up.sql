-- Codes that nobody here has, under which rejected rows wait: whoever becomes known by one of them is held back. A row may give several, and
-- each of them may be the right one. Before this only the first was kept, in rejection.code.
CREATE TABLE rejection_awaits (
    code      TEXT NOT NULL,
    rejection UUID NOT NULL REFERENCES rejection (id),
    PRIMARY KEY (code, rejection)
);

CREATE INDEX rejection_awaits_rejection ON rejection_awaits (rejection);

INSERT INTO rejection_awaits (code, rejection) SELECT code, id FROM rejection WHERE code IS NOT NULL;

-- Organisation codes are compared without their hyphen; aliases that were registered with one led nowhere.
UPDATE subject_code SET value = replace(value, '-', '')
WHERE scheme = 'organisation-code' AND value LIKE '________-_' AND NOT EXISTS (
    SELECT 1 FROM subject_code plain
    WHERE plain.scheme = 'organisation-code' AND plain.value = replace(subject_code.value, '-', '')
);

-- The organisation code that a code is or has inside: it stays when an organisation gets another credit code, and some rows give it alone.
ALTER TABLE subject_code ADD COLUMN organisation TEXT;

UPDATE subject_code SET organisation = CASE scheme WHEN 'credit-code' THEN substr(value, 9, 9) ELSE value END
WHERE scheme IN ('credit-code', 'organisation-code');

CREATE INDEX subject_code_organisation ON subject_code (organisation) WHERE organisation IS NOT NULL;

-- Rows are kept aside also for codes that lead to no one subject: they are kept with the row, and it waits under them.
ALTER TABLE candidate ADD COLUMN codes JSONB NOT NULL DEFAULT '[]';

CREATE TABLE candidate_awaits (
    code      TEXT NOT NULL,
    candidate UUID NOT NULL REFERENCES candidate (id),
    PRIMARY KEY (code, candidate)
);

CREATE INDEX candidate_awaits_candidate ON candidate_awaits (candidate);

-- Names under which rows named organisations by their codes, beside those that a register tells: a row that comes later with such a name
-- alone may be about them, too.
CREATE TABLE subject_called (
    subject UUID NOT NULL REFERENCES subject (id),
    normal  TEXT NOT NULL,
    PRIMARY KEY (subject, normal)
);

CREATE INDEX subject_called_normal ON subject_called (normal, subject);
