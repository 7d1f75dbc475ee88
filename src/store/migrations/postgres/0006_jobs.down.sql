DROP TABLE upload_part;
DROP TABLE job;
