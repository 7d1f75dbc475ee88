DROP TABLE namesake;
DROP INDEX subject_code_unchecked;
