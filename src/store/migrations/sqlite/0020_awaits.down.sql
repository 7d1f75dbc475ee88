DROP TABLE subject_called;
DROP TABLE candidate_awaits;
ALTER TABLE candidate DROP COLUMN codes;
DROP INDEX subject_code_organisation;
ALTER TABLE subject_code DROP COLUMN organisation;
DROP TABLE rejection_awaits;
