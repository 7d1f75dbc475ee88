"""Judges of what can be read: every fact is found where it belongs, by three readers in their own ways."""

import hashlib
import json
import os
import re
import subprocess
import tomllib
from pathlib import Path

from . import said, voices
from .asking import NotAsked, refuse_unless, run

PAGES_OF_PDFINFO = 12  # it takes a minute and more for the structure of a hundred pages
BREAK = "\f"  # between pages


def pdftotext(job):
    """Poppler, in the order in which the page is painted, without the running head and foot."""
    with (voices.TEMPLATES / "page.toml").open("rb") as file:
        page = tomllib.load(file)["page"]
    top, foot = (page["header"] + page["top"]) / 2, (page["footer"] + page["bottom"]) / 2
    box = ["-x", 0, "-y", round(top), "-W", round(page["width"]) + 1, "-H", round(page["height"] - top - foot)]
    _, text = run("pdftotext", "-raw", "-enc", "UTF-8", "-r", 72, *box, job.pdf, "-", stderr=subprocess.DEVNULL)
    return everything_found(job, text)


def pdfinfo(job):
    """Poppler, in the order of the structure tree."""
    expected(job)
    _, about = run("pdfinfo", job.pdf)
    pages = re.search(r"^Pages:\s+(\d+)", about, re.MULTILINE)
    refuse_unless(pages and re.search(r"^Tagged:\s+yes", about, re.MULTILINE), "not tagged")
    if int(pages[1]) > PAGES_OF_PDFINFO:
        raise NotAsked(f"{pages[1]} pages would take too long")
    _, tree = run("pdfinfo", "-struct-text", job.pdf, stderr=subprocess.DEVNULL)
    lines = re.findall(r'^\s+"(.*)"$', tree, re.MULTILINE)
    return everything_found(job, "\n".join(lines))


def pdfjs(job):
    """pdf.js, in the order of the structure tree; it must find nothing that is neither in the tree nor an artifact."""
    expected(job)
    here = Path(__file__).resolve().parents[1]
    tools = os.environ.get("TESTS_ORACLES_NODE") or here.parent / ".tools/node"
    status, answer = run("env", f"TESTS_ORACLES_NODE={tools}", "node", here / "reader.mjs", job.pdf)
    refuse_unless(status == 0, answer[-400:])
    heard = json.loads(answer)
    faults = [f"{count} characters are untagged" for count in [heard["untagged"]] if count]
    faults += [f"{count} places of the tree have no content" for count in [heard["dangling"]] if count]
    faults += [f"no {thing}" for thing in ("language", "title", "signed") if not heard[thing]]
    faults += ["it has scripts"] if heard["scripts"] else []
    faults += [] if heard["attachments"] == ["facts.json"] else [f"attachments {heard['attachments']}"]
    refuse_unless(not faults, faults)
    return everything_found(job, BREAK.join(heard["pages"]))


def expected(job):
    """The passages that a document must have."""
    if job.facts is None:
        raise NotAsked("no facts were given")
    canonical = job.facts.read_bytes()
    facts = json.loads(canonical)
    digest = hashlib.sha256(canonical).hexdigest()
    return said.report(facts, job.edition, job.code, digest), said.again(facts, job.edition)


def everything_found(job, text):
    """Looks for every passage in order, and in each for what it must say."""
    passages, repeated = expected(job)
    text = bare(text)
    for words in repeated:
        text = text.replace(bare(words), "")
    begins, cursor = [], 0
    for passage in passages:
        at = text.find(bare(passage.opening), cursor)
        refuse_unless(at >= 0, f"{passage.name}: {passage.opening!r} not found, or not in this order")
        begins.append(at)
        cursor = at + len(bare(passage.opening))
    lost, count = [], 0
    for passage, begin, end in zip(passages, begins, begins[1:] + [len(text)]):
        count += len(passage.texts)
        lost += [f"{passage.name}: {words}" for words in passage.texts if not holds(text[begin:end], bare(words))]
    refuse_unless(not lost, [f"{len(lost)} of {count} texts not found"] + lost[:8])
    return f"{count} texts found"


def bare(text):
    """Blanks and line ends are layout, so they do not count; the ends of pages do, for a moment."""
    return re.sub(r"[^\S\f]+", "", text)


def holds(passage, words):
    """Whether a passage says something, perhaps beginning on one page and ending on the next."""
    if words in passage.replace(BREAK, ""):
        return True
    before, _, after = passage.partition(BREAK)
    return any(words[:cut] in before and words[cut:] in after for cut in range(1, len(words)))
