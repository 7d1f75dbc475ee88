DROP TABLE subject_relation;
DROP TABLE subject_name;
DROP TABLE subject_code;
DROP TABLE subject;
