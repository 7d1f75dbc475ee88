DROP TABLE candidate_subject;
DROP TABLE candidate;
DROP TABLE declaration;
DROP TABLE record_version;
DROP TABLE upload;
DROP TABLE authority;
DROP FUNCTION supersede_once;
DROP FUNCTION refuse_change;
