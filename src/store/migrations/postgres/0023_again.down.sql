-- Of rows that came again only the latest stays: nothing knows the others.
DROP INDEX job_unfinished;
DROP INDEX subject_relation_merged;
DROP TABLE upload_undone;
ALTER TABLE rejection DROP COLUMN operates;
DROP INDEX candidate_once;
DROP INDEX candidate_same;
CREATE TABLE candidate_gone AS SELECT c.id FROM candidate c JOIN candidate d ON c.organ = d.organ AND c.document_number = d.document_number
    AND c.kind = d.kind AND c.normal = d.normal AND c.content = d.content AND (c.received_at, c.id) < (d.received_at, d.id);
DELETE FROM candidate_awaits WHERE candidate IN (SELECT id FROM candidate_gone);
DELETE FROM candidate_subject WHERE candidate IN (SELECT id FROM candidate_gone);
DELETE FROM candidate WHERE id IN (SELECT id FROM candidate_gone);
DROP TABLE candidate_gone;
ALTER TABLE candidate ADD UNIQUE (organ, document_number, kind, normal, content);
