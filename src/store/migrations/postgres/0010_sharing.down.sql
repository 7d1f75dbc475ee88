DROP TABLE share_view;
DROP TABLE share_look;
DROP TABLE share_ask;
DROP TABLE share_code;
DROP TABLE share;
