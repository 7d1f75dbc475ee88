"""Judges of the form: qpdf and Poppler."""

from .asking import refuse_unless, run


def qpdf(job):
    """The syntax of the file, without a single warning."""
    status, said = run("qpdf", "--check", job.pdf)
    refuse_unless(status == 0, said)
    return "no fault of syntax"


def pdffonts(job):
    """Every font embedded, cut to what is used, and readable back as Unicode."""
    status, said = run("pdffonts", job.pdf)
    rows = said.splitlines()[2:]
    # name, type, encoding, emb, sub, uni, object and generation: the type may hold spaces, so count from the end
    faults = [row for row in rows if row.split()[-5:-2] != ["yes", "yes", "yes"]]
    refuse_unless(status == 0 and rows, said or "no fonts")
    refuse_unless(not faults, faults)
    return f"{len(rows)} fonts"
