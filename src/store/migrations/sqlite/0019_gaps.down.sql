DROP TABLE report_gap;
