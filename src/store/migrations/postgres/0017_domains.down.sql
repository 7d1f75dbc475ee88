-- Programs before this cannot read proposals to take domains: those go; the journal keeps what was done.
ALTER TABLE proposal DISABLE TRIGGER proposal_stays;
DELETE FROM proposal WHERE kind = 'take-domains';
ALTER TABLE proposal ENABLE TRIGGER proposal_stays;
ALTER TABLE proposal DROP CONSTRAINT proposal_kind_check;
ALTER TABLE proposal ADD CONSTRAINT proposal_kind_check
    CHECK (kind IN ('revoke-report', 'change-rules', 'merge-subjects'));
