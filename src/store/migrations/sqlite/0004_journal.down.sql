DROP TABLE journal;
DELETE FROM series WHERE name = 'journal';
