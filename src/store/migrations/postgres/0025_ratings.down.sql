-- What could not be rated before is not kept.
DELETE FROM rating WHERE act NOT IN ('issue', 'upload', 'case', 'verify');
ALTER TABLE rating DROP COLUMN network;
ALTER TABLE rating DROP CONSTRAINT rating_act_check;
ALTER TABLE rating ADD CONSTRAINT rating_act_check CHECK (act IN ('issue', 'upload', 'case', 'verify'));
