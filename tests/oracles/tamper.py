#!/usr/bin/env python3
"""Changes a signed PDF as a forger with an ordinary library would.

    tamper.py IN FOLDER    writes every forgery into FOLDER and prints their names
"""

import argparse
import datetime
import re
from io import BytesIO
from pathlib import Path

import pikepdf
from asn1crypto import keys, x509
from cryptography import x509 as make
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.generic import StreamObject
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.pdf_utils.writer import copy_into_new_writer
from pyhanko.sign import signers
from pyhanko.sign.fields import SigSeedSubFilter
from pyhanko_certvalidator.registry import SimpleCertificateStore


def flip(data):
    """One bit of the first stream."""
    at = data.index(b"stream") + len(b"stream") + 12
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]


def append(data):
    """A second revision that writes over the first page, with the signature left in place."""
    writer = IncrementalPdfFileWriter(BytesIO(data), strict=False)
    stream = writer.add_object(StreamObject(stream_data=b"0 0 0 rg 100 400 200 20 re f"))
    writer.add_stream_to_page(0, stream)
    return _written(writer)


def swap(data):
    """The first two pages change places, the signature kept as it was."""
    writer = copy_into_new_writer(PdfFileReader(BytesIO(data), strict=False))
    kids = writer.root["/Pages"]["/Kids"]
    kids[0], kids[1] = kids.raw_get(1), kids.raw_get(0)
    return _written(writer)


def strip(data):
    """The same pages without any signature, as if written anew."""
    writer = copy_into_new_writer(PdfFileReader(BytesIO(data), strict=False))
    for page in range(writer.root["/Pages"]["/Count"]):
        writer.find_page_for_modification(page)[0].get_object().pop("/Annots", None)
    for entry in ("/AcroForm", "/Perms"):
        writer.root.pop(entry, None)
    return _written(writer)


def countersign(data):
    """A second signature by a stranger, in a second revision; it is sound, and not allowed."""
    signer = Careless(signers.PdfSignatureMetadata(field_name="Stranger", subfilter=SigSeedSubFilter.PADES), _stranger())
    return signer.sign_pdf(IncrementalPdfFileWriter(BytesIO(data), strict=False)).getvalue()


class Careless(signers.PdfSigner):
    """pyHanko's own signer declines to add to a document that permits no changes; this one does not ask."""

    def _enforce_certification_constraints(self, reader):
        pass


def _stranger():
    """A signer with a key and a certificate made for this one occasion."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = make.Name([make.NameAttribute(make.NameOID.COMMON_NAME, "Stranger")])
    now = datetime.datetime.now(datetime.timezone.utc)
    certificate = (
        make.CertificateBuilder(name, name, key.public_key(), make.random_serial_number())
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + datetime.timedelta(hours=1))
        .sign(key, hashes.SHA256())
    )
    der = serialization.Encoding.DER
    secret = key.private_bytes(der, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return signers.SimpleSigner(
        signing_cert=x509.Certificate.load(certificate.public_bytes(der)),
        signing_key=keys.PrivateKeyInfo.load(secret),
        cert_registry=SimpleCertificateStore(),
    )


def _written(writer):
    out = BytesIO()
    writer.write(out)
    return out.getvalue()


def replace(data):
    """A second revision that puts another page into the place of the first."""
    writer = IncrementalPdfFileWriter(BytesIO(data), strict=False)
    page = writer.find_page_for_modification(0)[0].get_object()
    page["/Contents"] = writer.add_object(StreamObject(stream_data=b"0 0 0 rg 0 0 595 842 re f"))
    writer.update_container(page)
    return _written(writer)


def annotate(data):
    """A second revision with a note over the first page."""
    writer = IncrementalPdfFileWriter(BytesIO(data), strict=False)
    page = writer.find_page_for_modification(0)[0].get_object()
    note = {"/Type": "/Annot", "/Subtype": "/Square", "/F": 4, "/Rect": [50, 50, 500, 700], "/IC": [1, 1, 1]}
    objects = {name: generic.NameObject(value) if isinstance(value, str) else value for name, value in note.items()}
    for name in ("/Rect", "/IC"):
        objects[name] = generic.ArrayObject(generic.NumberObject(number) for number in note[name])
    objects["/F"] = generic.NumberObject(4)
    added = writer.add_object(generic.DictionaryObject({generic.NameObject(name): value for name, value in objects.items()}))
    page[generic.NameObject("/Annots")] = generic.ArrayObject([*page.get("/Annots", []), added])
    writer.update_container(page)
    return _written(writer)


def trail(data):
    """Bytes behind the end."""
    return data + b"% and this too\n"


def lead(data):
    """Bytes before the beginning."""
    return b"% this first\n" + data


def empty(data):
    """The signature made of nothing."""
    return _signature(data, lambda digits: b"0" * len(digits))


def garble(data):
    """The signature with one bit changed, near its end."""
    return _signature(data, lambda digits: _one_digit(digits, len(digits.rstrip(b"0")) - 8))


def date(data):
    """Another time of signing."""
    return re.sub(rb"(/M\s*\(D:)20(\d\d)", lambda found: found[1] + b"19" + found[2], data, count=1)


def loosen(data):
    """A certification that permits changes."""
    return re.sub(rb"(/TransformParams\s*/P\s+)1", rb"\g<1>3", data, count=1)


def shorten(data):
    """A byte range that ends before the document does."""
    return _range(data, lambda first, before, after, rest: (first, before, after, rest - 9))


def widen(data):
    """A byte range that leaves out more than the signature."""
    return _range(data, lambda first, before, after, rest: (first, before - 40, after, rest))


def drop(data):
    """One page less, the signature kept as it was."""
    with pikepdf.open(BytesIO(data)) as pdf:
        del pdf.pages[0]
        return _saved(pdf)


def rewrite(data):
    """Nothing changed, but written anew by another program."""
    with pikepdf.open(BytesIO(data)) as pdf:
        return _saved(pdf)


def linearize(data):
    """Written anew to be read from the network."""
    with pikepdf.open(BytesIO(data)) as pdf:
        out = BytesIO()
        pdf.save(out, linearize=True)
        return out.getvalue()


def embed(data):
    """Other facts inside, the pages and the signature as they were."""
    with pikepdf.open(BytesIO(data)) as pdf:
        stream = pdf.Root["/AF"][0]["/EF"]["/F"]
        facts = stream.read_bytes()
        stream.write(facts.replace(b'"found"', b'"none"', 1))
        return _saved(pdf)


def title(data):
    """Another title in the metadata."""
    with pikepdf.open(BytesIO(data)) as pdf:
        pdf.Root["/Metadata"].write(pdf.Root["/Metadata"].read_bytes().replace(b"</rdf:li></rdf:Alt></dc:title>", b"!</rdf:li></rdf:Alt></dc:title>"))
        return _saved(pdf)


def usurp(data):
    """A stranger's certification in the place of ours."""
    plain = IncrementalPdfFileWriter(BytesIO(strip(data)), strict=False)
    metadata = signers.PdfSignatureMetadata(field_name="Signature", subfilter=SigSeedSubFilter.PADES, certify=True)
    return signers.PdfSigner(metadata, _stranger()).sign_pdf(plain).getvalue()


def _saved(pdf):
    out = BytesIO()
    pdf.save(out)
    return out.getvalue()


def _signature(data, change):
    """Changes the digits of the signature."""
    found = re.search(rb"/Contents\s*<([0-9A-Fa-f]{1000,})>", data)
    return data[: found.start(1)] + change(found[1]) + data[found.end(1) :]


def _one_digit(digits, at):
    return digits[:at] + (b"1" if digits[at : at + 1] == b"0" else b"0") + digits[at + 1 :]


def _range(data, change):
    """Changes the numbers of the byte range, digit for digit."""
    found = re.search(rb"/ByteRange\s*\[\s*(\d+)\s+(\d+)\s+(\d+)\s+(\d+)\s*\]", data)
    numbers = change(*(int(number) for number in found.groups()))
    for at, number in enumerate(numbers, 1):
        data = data[: found.start(at)] + b"%0*d" % (len(found[at]), number) + data[found.end(at) :]
    return data


HOW = [
    flip, append, swap, strip, countersign, replace, annotate, trail, lead, empty, garble, date, loosen, shorten, widen, drop,
    rewrite, linearize, embed, title, usurp,
]  # fmt: skip


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("source", type=Path)
    parser.add_argument("folder", type=Path)
    asked = parser.parse_args()
    genuine = asked.source.read_bytes()
    for how in HOW:
        forged = how(genuine)
        if forged == genuine:
            raise SystemExit(f"{how.__name__} changes nothing")
        (asked.folder / f"{how.__name__}.pdf").write_bytes(forged)
        print(how.__name__)


if __name__ == "__main__":
    main()
