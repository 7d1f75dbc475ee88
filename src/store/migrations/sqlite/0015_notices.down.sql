DROP TABLE daily_round;
DROP TABLE outbox;
DROP TABLE watch;
DROP TABLE webhook;
DROP TABLE sign_in_place;
DROP TABLE mailbox;
DROP TABLE notice_read;
DROP TABLE notice;
