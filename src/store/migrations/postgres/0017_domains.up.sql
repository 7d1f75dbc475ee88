-- To take domains from an authority takes two, too.
ALTER TABLE proposal DROP CONSTRAINT proposal_kind_check;
ALTER TABLE proposal ADD CONSTRAINT proposal_kind_check
    CHECK (kind IN ('revoke-report', 'change-rules', 'merge-subjects', 'take-domains'));
