-- Whatever ends on a page of ours can be rated. Whoever is not signed in is told apart by their browser, and from one network come so
-- many ratings of an act in a day at most: the network is a digest that leads to nobody, too, and differs from day to day.
ALTER TABLE rating DROP CONSTRAINT rating_act_check;

ALTER TABLE rating ADD CONSTRAINT rating_act_check CHECK (act IN ('issue', 'upload', 'case', 'verify', 'file', 'batch', 'look', 'share',
    'declare', 'record', 'quarantine', 'mandate'));

ALTER TABLE rating ADD COLUMN network BYTEA;
