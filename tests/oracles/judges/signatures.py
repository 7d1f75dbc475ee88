"""Judges of the signature: Poppler, pyHanko, OpenSSL and MuPDF; of SM2, which readers of PDF do not know, see sm2."""

import re

from . import sm2
from .asking import NotAsked, missing, refuse_unless, run, signature_and_content


def pdfsig(job):
    """Poppler, trusting only the root given, through a certificate store of its own."""
    western(job)
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
    refuse_unless(not faults, faults)
    return "valid, trusted, the whole document"


def pyhanko(job):
    """pyHanko: trust, integrity, coverage of the whole file, and the promise that nothing may change."""
    from pyhanko.keys import load_cert_from_pemder
    from pyhanko.pdf_utils.reader import PdfFileReader
    from pyhanko.sign.fields import MDPPerm
    from pyhanko.sign.validation import read_certification_data, validate_pdf_signature
    from pyhanko_certvalidator import ValidationContext

    western(job)
    with job.pdf.open("rb") as file:
        reader = PdfFileReader(file, strict=True)
        signatures = reader.embedded_signatures
        refuse_unless(len(signatures) == 1, f"{len(signatures)} signatures, not 1")
        trust, clock = (
            ValidationContext(trust_roots=[load_cert_from_pemder(str(root))], allow_fetching=False)
            for root in (job.root, job.stamp_root or job.root)
        )
        status = validate_pdf_signature(signatures[0], trust, clock)
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
            "stamped": job.level == "b-b" or (status.timestamp_validity is not None and status.timestamp_validity.valid),
            "pades": signatures[0].sig_object["/SubFilter"] == "/ETSI.CAdES.detached",
        }
    faults = [name for name, kept in checks.items() if not kept]
    refuse_unless(not faults, faults)
    return status.summary()


def openssl(job):
    """OpenSSL on the bytes that /ByteRange names; the range must leave out only the signature itself."""
    if job.key == "sm2":
        return sm2.openssl(job)
    cms, signed = signature_and_content(job)
    signature, content = job.folder / "signature.der", job.folder / "content.bin"
    signature.write_bytes(cms)
    content.write_bytes(signed)
    status, said = run(
        "openssl", "cms", "-verify", "-cades", "-binary", "-inform", "DER", "-in", signature,
        "-content", content, "-CAfile", job.root, "-no-CApath", "-no-CAstore", "-purpose", "any",
        "-out", "/dev/null",
    )  # fmt: skip
    refuse_unless(status == 0, said)
    return said


def mutool(job):
    """MuPDF, which knows no root but Adobe's: only what it says of the document's bytes counts."""
    western(job)
    _, said = run("mutool", "sign", "-v", job.pdf)
    signatures = len(re.findall(r"^Verifying signature", said, re.MULTILINE))
    unchanged = said.count("The document is unchanged since signing.")
    broken = re.search(r"(Signature|Digest) error|edits since signing", said)
    refuse_unless(signatures == 1 and unchanged == 1 and not broken, said)
    return "unchanged since signing"


def western(job):
    """Does not ask about a signature in SM2."""
    if job.key == "sm2":
        raise NotAsked("knows no SM2")


def gmssl(job):
    """gmssl, about signatures in SM2 only."""
    if job.key != "sm2":
        raise NotAsked("knows SM2 only")
    return sm2.gmssl(job)
