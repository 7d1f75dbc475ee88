#!/usr/bin/env python3
"""Asks programs that we did not write what they think of a signed PDF.

    judge.py FILE --root ROOT.pem [--qr TEXT] [--text TEXT]...

Prints one JSON line per judge: {"judge": …, "verdict": "valid" | "invalid" | "n/a", "detail": …}.
"n/a" means that the judge was not asked (no --qr, no --text). A judge that is not installed ends the run
with an error: silence is never taken for consent.
"""

import argparse
import json
import re
import subprocess
import sys
import tempfile
from pathlib import Path

PATIENCE = 60  # seconds for one program; a healthy one needs well under one
RASTER_DPI = 150  # what a cheap office scanner gives


def run(*command, stderr=subprocess.STDOUT):
    """Runs a program and gives its exit status and what it said, complaints included unless told otherwise."""
    done = subprocess.run(
        [str(part) for part in command],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=stderr,
        timeout=PATIENCE,
        check=False,
    )
    return done.returncode, done.stdout.decode("utf-8", "replace").strip()


def missing(said, *wanted):
    """Those of the wanted sentences that a program did not say."""
    return [sentence for sentence in wanted if sentence not in said]


def pdfsig(job):
    """Poppler, trusting only the root given, through a certificate store of its own."""
    store = job.folder / "nss"
    store.mkdir()
    run("certutil", "-N", "-d", f"sql:{store}", "--empty-password")
    run("certutil", "-A", "-d", f"sql:{store}", "-n", "root", "-t", "C,C,C", "-i", job.root)
    _, said = run("pdfsig", "-nssdir", f"sql:{store}", job.pdf)
    faults = missing(
        said,
        "Signature Type: ETSI.CAdES.detached",
        "Total document signed",
        "Signature Validation: Signature is Valid.",
        "Certificate Validation: Certificate is Trusted.",
    )
    signatures = len(re.findall(r"^Signature #", said, re.MULTILINE))
    if signatures != 1:
        faults.append(f"{signatures} signatures, not 1")
    return not faults, faults or said


def pyhanko(job):
    """pyHanko: trust, integrity, coverage of the whole file, and the promise that nothing may change."""
    from pyhanko.keys import load_cert_from_pemder
    from pyhanko.pdf_utils.reader import PdfFileReader
    from pyhanko.sign.fields import MDPPerm
    from pyhanko.sign.validation import read_certification_data, validate_pdf_signature
    from pyhanko_certvalidator import ValidationContext

    with job.pdf.open("rb") as file:
        reader = PdfFileReader(file, strict=True)
        signatures = reader.embedded_signatures
        if len(signatures) != 1:
            return False, f"{len(signatures)} signatures, not 1"
        trust = ValidationContext(trust_roots=[load_cert_from_pemder(str(job.root))], allow_fetching=False)
        status = validate_pdf_signature(signatures[0], trust)
        certified = read_certification_data(reader)
        checks = {
            "bottom_line": status.bottom_line,
            "intact": status.intact,
            "valid": status.valid,
            "trusted": status.trusted,
            "docmdp_ok": status.docmdp_ok,
            "entire_file": status.coverage.name == "ENTIRE_FILE",
            "one_revision": reader.xrefs.total_revisions == 1,
            "no_changes_permitted": certified is not None and certified.permission == MDPPerm.NO_CHANGES,
            "pades": signatures[0].sig_object["/SubFilter"] == "/ETSI.CAdES.detached",
        }
    return all(checks.values()), [name for name, kept in checks.items() if not kept] or status.summary()


def openssl(job):
    """OpenSSL on the bytes that /ByteRange names; the range must leave out only the signature itself."""
    data = job.pdf.read_bytes()
    ranges = re.findall(rb"/ByteRange\s*\[\s*(\d+)\s+(\d+)\s+(\d+)\s+(\d+)\s*\]", data)
    if len(ranges) != 1:
        return False, f"{len(ranges)} byte ranges, not 1"
    first, first_length, second, second_length = map(int, ranges[0])
    if first != 0 or second + second_length != len(data):
        return False, f"the signature covers {second + second_length} of {len(data)} bytes"
    gap = data[first_length:second]
    if not re.fullmatch(rb"<[0-9A-Fa-f]+>", gap):
        return False, "the part left out is not one hexadecimal string"
    padded = bytes.fromhex(gap[1:-1].decode())
    signature, content = job.folder / "signature.der", job.folder / "content.bin"
    signature.write_bytes(padded[: der_length(padded)])
    content.write_bytes(data[:first_length] + data[second:])
    status, said = run(
        "openssl", "cms", "-verify", "-cades", "-binary", "-inform", "DER", "-in", signature,
        "-content", content, "-CAfile", job.root, "-no-CApath", "-no-CAstore", "-purpose", "any",
        "-out", "/dev/null",
    )  # fmt: skip
    return status == 0, said


def der_length(data):
    """The length of the DER value that data begins with (the rest is padding)."""
    if data[1] < 0x80:
        return 2 + data[1]
    octets = data[1] & 0x7F
    return 2 + octets + int.from_bytes(data[2 : 2 + octets], "big")


def mutool(job):
    """MuPDF, which knows no root but Adobe's: only what it says of the document's bytes counts."""
    _, said = run("mutool", "sign", "-v", job.pdf)
    signatures = len(re.findall(r"^Verifying signature", said, re.MULTILINE))
    unchanged = said.count("The document is unchanged since signing.")
    broken = re.search(r"(Signature|Digest) error|edits since signing", said)
    return signatures == 1 and unchanged == 1 and not broken, said


def qpdf(job):
    """The syntax of the file, without a single warning."""
    status, said = run("qpdf", "--check", job.pdf)
    return status == 0, said


def pdffonts(job):
    """Every font embedded, cut to what is used, and readable back as Unicode."""
    status, said = run("pdffonts", job.pdf)
    rows = said.splitlines()[2:]
    # name, type, encoding, emb, sub, uni, object and generation: the type may hold spaces, so count from the end
    faults = [row for row in rows if row.split()[-5:-2] != ["yes", "yes", "yes"]]
    return status == 0 and bool(rows) and not faults, faults or f"{len(rows)} fonts"


def pdftotext(job):
    """The words can be copied out; blanks and line ends are layout, so they do not count."""
    if not job.texts:
        return None, "no --text"
    _, said = run("pdftotext", "-layout", "-enc", "UTF-8", job.pdf, "-", stderr=subprocess.DEVNULL)
    bare = "".join(said.split())
    lost = [text for text in job.texts if "".join(text.split()) not in bare]
    return not lost, [f"not found: {text}" for text in lost] or f"{len(job.texts)} texts found"


def raster(job):
    """The first page as a picture, made once."""
    image = job.folder / "page.png"
    if not image.exists():
        run("pdftoppm", "-r", RASTER_DPI, "-f", 1, "-l", 1, "-singlefile", "-png", job.pdf, image.with_suffix(""))
    if not image.exists():
        raise ValueError("page 1 cannot be drawn")
    return image


def zbar(job):
    """The QR code of page 1 as zbar reads it from the raster."""
    if job.qr is None:
        return None, "no --qr"
    options = ["--nodbus", "--quiet", "--raw", "-Sdisable", "-Sqrcode.enable"]
    _, said = run("zbarimg", *options, raster(job), stderr=subprocess.DEVNULL)
    return said.splitlines() == [job.qr], said or "no code seen"


def zxing(job):
    """The QR code of page 1 as ZXing reads it from the raster."""
    if job.qr is None:
        return None, "no --qr"
    import zxingcpp
    from PIL import Image

    with Image.open(raster(job)) as image:
        said = [code.text for code in zxingcpp.read_barcodes(image, formats=zxingcpp.BarcodeFormat.QRCode)]
    return said == [job.qr], said or "no code seen"


JUDGES = [pdfsig, pyhanko, openssl, mutool, qpdf, pdffonts, pdftotext, zbar, zxing]
VERDICTS = {True: "valid", False: "invalid", None: "n/a"}


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("pdf", type=Path)
    parser.add_argument("--root", type=Path, required=True, help="the one certificate to trust, PEM")
    parser.add_argument("--qr", help="what the QR code of page 1 must say")
    parser.add_argument("--text", dest="texts", action="append", default=[], help="words that must be readable")
    job = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="judge-") as folder:
        job.folder = Path(folder)
        for judge in JUDGES:
            try:
                verdict, detail = judge(job)
            except (FileNotFoundError, ImportError) as absent:
                sys.exit(f"{judge.__name__} cannot judge: {absent}")
            except Exception as refusal:  # a judge that chokes on the file does not accept it
                verdict, detail = False, f"{type(refusal).__name__}: {refusal}"
            detail = detail if isinstance(detail, str) else "; ".join(map(str, detail))
            line = {"judge": judge.__name__, "verdict": VERDICTS[verdict], "detail": detail}
            print(json.dumps(line, ensure_ascii=False), flush=True)


if __name__ == "__main__":
    main()
