-- The latest looks at what a subject shows, whatever it was that was looked at.
CREATE INDEX share_look_at ON share_look (subject, at);
