DROP TABLE signer_event;
DROP TABLE signer;
DROP TABLE timestamp_wanted;
DROP TABLE report_edition;
