-- Organisations of which one may be the other: of the one a credit code or organisation code is known, of the other, which bears or bore the same
-- name or was called so, only codes without check characters. Records of the other hold back what is concluded about the one, until the two
-- are merged or an operator tells them apart.
CREATE TABLE namesake (
    subject    UUID NOT NULL REFERENCES subject (id),
    other      UUID NOT NULL REFERENCES subject (id),
    since      BIGINT NOT NULL,
    settled_at BIGINT CHECK (settled_at >= since),
    settled_by TEXT,
    reason     TEXT,
    PRIMARY KEY (subject, other),
    CHECK ((settled_at IS NULL) = (settled_by IS NULL))
);

CREATE INDEX namesake_other ON namesake (other);

CREATE INDEX namesake_open ON namesake (since, subject, other) WHERE settled_at IS NULL;

-- Whether there is anybody of whom only such codes are known is asked for every part of a file.
CREATE INDEX subject_code_unchecked ON subject_code (subject)
WHERE place = 0 AND organisation IS NULL AND scheme <> 'identity-number';

INSERT INTO namesake (subject, other, since)
WITH bears (subject, normal) AS (
    SELECT subject, normal FROM subject_name UNION SELECT subject, normal FROM subject_called
)
SELECT DISTINCT one.subject, other.subject, 0
FROM subject_code code
JOIN bears other ON other.subject = code.subject
JOIN bears one ON one.normal = other.normal AND one.subject <> other.subject
WHERE code.place = 0 AND code.organisation IS NULL AND code.scheme <> 'identity-number'
    AND NOT EXISTS (
        SELECT 1 FROM subject_code c WHERE c.subject = other.subject AND c.organisation IS NOT NULL
    )
    AND EXISTS (SELECT 1 FROM subject_code c WHERE c.subject = one.subject AND c.organisation IS NOT NULL);
