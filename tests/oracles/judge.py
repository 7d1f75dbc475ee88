#!/usr/bin/env python3
"""Asks programs that we did not write what they think of signed PDFs.

    judge.py < JOBS.json

JOBS is a list of {"name", "pdf", "root", …}: see judges/asking.py. Prints one JSON line per document and judge:
{"job": …, "judge": …, "verdict": "valid" | "invalid" | "n/a", "detail": …}. "n/a" means that the judge was not
asked, or cannot tell; the detail says why. A judge that is not installed ends the run with an error: silence is never
taken for consent.
"""

import json
import os
import sys
import tempfile
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from judges import codes, form, reading, signatures, stamps
from judges.asking import Job, NotAsked, Refused

JUDGES = [
    signatures.pdfsig,
    signatures.pyhanko,
    signatures.openssl,
    signatures.mutool,
    signatures.gmssl,
    stamps.openssl_ts,
    stamps.ades,
    form.qpdf,
    form.pdffonts,
    form.profile,
    reading.pdftotext,
    reading.pdfinfo,
    reading.pdfjs,
    codes.zbar,
    codes.zxing,
    codes.zbar_poor,
    codes.zxing_poor,
]


def judged(asked):
    """The lines of all judges on one document."""
    name = asked.pop("name")
    asked = {what: known for what, known in asked.items() if known}
    paths = {key: Path(asked[key]) for key in ("pdf", "root", "stamp_root", "facts") if asked.get(key)}
    with tempfile.TemporaryDirectory(prefix="judge-") as folder:
        job = Job(**{**asked, **paths, "folder": Path(folder)})
        wanted = [judge for judge in JUDGES if not job.only or judge.__name__ in job.only]
        return [{"job": name, "judge": judge.__name__, **verdict(judge, job)} for judge in wanted]


def verdict(judge, job):
    """What one judge says of one document."""
    try:
        return {"verdict": "valid", "detail": judge(job)}
    except NotAsked as reason:
        return {"verdict": "n/a", "detail": str(reason)}
    except Refused as reason:
        return {"verdict": "invalid", "detail": str(reason)}
    except (FileNotFoundError, ImportError) as absent:
        raise SystemExit(f"{judge.__name__} cannot judge: {absent}") from absent
    except Exception as choked:  # a judge that chokes on the file does not accept it
        return {"verdict": "invalid", "detail": f"{type(choked).__name__}: {choked}"}


def main():
    jobs = json.load(sys.stdin)
    with ProcessPoolExecutor(min(os.cpu_count() or 1, len(jobs))) as workers:
        for lines in workers.map(judged, jobs):
            for line in lines:
                print(json.dumps(line, ensure_ascii=False), flush=True)


if __name__ == "__main__":
    main()
