-- What somebody asked for today is found among the reports of everybody.
CREATE INDEX report_asked_by ON report (issued_by, issued_at);

-- Who is to be told of the answer to their rating; forgotten once they were told.
ALTER TABLE rating ADD COLUMN account BLOB;

-- Answers are listed for everybody, the newest first.
CREATE INDEX rating_answer ON rating (replied_at, id);
