DROP INDEX authority_updated;
DROP INDEX declaration_shrinks;
ALTER TABLE declaration DROP COLUMN shrinks;
