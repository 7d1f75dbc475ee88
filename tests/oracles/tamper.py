#!/usr/bin/env python3
"""Changes a signed PDF as a forger with an ordinary library would: tamper.py HOW IN OUT."""

import argparse
import datetime
from io import BytesIO
from pathlib import Path

from asn1crypto import keys, x509
from cryptography import x509 as make
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
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


HOW = {how.__name__: how for how in (flip, append, swap, strip, countersign)}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("how", choices=HOW)
    parser.add_argument("source", type=Path)
    parser.add_argument("target", type=Path)
    asked = parser.parse_args()
    asked.target.write_bytes(HOW[asked.how](asked.source.read_bytes()))


if __name__ == "__main__":
    main()
