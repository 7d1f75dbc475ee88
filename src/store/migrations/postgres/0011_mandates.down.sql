DROP TABLE mandate;
