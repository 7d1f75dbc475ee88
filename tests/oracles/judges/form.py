"""Judges of the form: qpdf, Poppler, and the clauses of PDF/A-3a and PDF/UA-1."""

from clauses import file, lettering, metadata, painting, parts, structure  # noqa: F401 (enter their clauses)
from clauses.document import Document
from clauses.table import judged

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


def profile(job):
    """Our own checker of the clauses: see clauses/."""
    rows = judged(Document(job.pdf.read_bytes()))
    faults = [f"{row.clause.standard}, {row.clause.number}: {row.detail}" for row in rows if row.result == "fail"]
    refuse_unless(not faults, faults)
    return f"{sum(row.result == 'ok' for row in rows)} of {len(rows)} clauses kept, the rest do not apply"
