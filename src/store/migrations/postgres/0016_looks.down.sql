DROP INDEX share_look_at;
