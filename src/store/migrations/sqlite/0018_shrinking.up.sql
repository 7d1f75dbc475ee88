-- Which declarations say less than the one before them: only these, and what became of authorities, can take a conclusion from a domain
-- that had one. Of those that were there before nothing is known.
ALTER TABLE declaration ADD COLUMN shrinks INTEGER NOT NULL DEFAULT 1 CHECK (shrinks IN (0, 1));

CREATE INDEX declaration_shrinks ON declaration (received_at) WHERE shrinks;
CREATE INDEX authority_updated ON authority (updated_at);
