-- Which declarations say less than the one before them: only these, and what became of authorities, can take a conclusion from a domain
-- that had one. Of those that were there before nothing is known.
ALTER TABLE declaration ADD COLUMN shrinks BOOLEAN NOT NULL DEFAULT TRUE;

CREATE INDEX declaration_shrinks ON declaration (received_at) WHERE shrinks;
CREATE INDEX authority_updated ON authority (updated_at);
