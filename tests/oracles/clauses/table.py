"""The table: one row a clause, with what is checked there and how a document did."""

from dataclasses import dataclass

PDFA = "ISO 19005-3"
PDFUA = "ISO 14289-1"
CLAUSES = []
CHOKED = "the check chokes:"


class NotThere(Exception):
    """The document has nothing that the clause speaks of."""


@dataclass(frozen=True)
class Clause:
    """A clause and its check, which yields every fault that it finds."""

    standard: str
    number: str
    checked: str
    matterhorn: str
    check: object

    @property
    def key(self):
        """Its name in the table of mutations: several rows may check parts of one clause."""
        return f"{'A' if self.standard == PDFA else 'UA'} {self.check.__name__}"


def clause(standard, number, checked, matterhorn=""):
    """Enters a check into the table."""

    def enter(check):
        CLAUSES.append(Clause(standard, number, checked, matterhorn, check))
        return check

    return enter


def pdfa(number, checked):
    """A clause of ISO 19005-3."""
    return clause(PDFA, number, checked)


def pdfua(number, checked, matterhorn):
    """A clause of ISO 14289-1, with the checkpoints of the Matterhorn Protocol."""
    return clause(PDFUA, number, checked, matterhorn)


@dataclass
class Row:
    """How a document did on a clause."""

    clause: Clause
    result: str  # ok, fail or n/a
    detail: str


def judged(document):
    """The rows of a document, in the order of the standards."""
    return [row(one, document) for one in in_order()]


def in_order():
    """The clauses by standard and number."""
    parts = lambda one: [int(part) for part in one.number.split(".")]  # noqa: E731
    return sorted(CLAUSES, key=lambda one: (one.standard != PDFA, parts(one)))


def row(one, document):
    """How a document does on one clause."""
    try:
        faults = list(one.check(document) or ())
    except NotThere as why:
        return Row(one, "n/a", str(why))
    except Exception as choked:  # a file on which the check chokes does not keep the clause
        return Row(one, "fail", f"{CHOKED} {type(choked).__name__}: {choked}")
    if faults:
        more = f" (and {len(faults) - 3} more)" if len(faults) > 3 else ""
        return Row(one, "fail", "; ".join(faults[:3]) + more)
    return Row(one, "ok", "")
