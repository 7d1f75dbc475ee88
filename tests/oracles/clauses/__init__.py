"""The clauses of PDF/A-3 (ISO 19005-3:2012, level A) and PDF/UA-1 (ISO 14289-1:2014) that a program can check.

Written from the standards and the Matterhorn Protocol 1.02, on top of qpdf (pikepdf), fontTools and lxml; it shares no
code with the program that writes the documents.
"""
