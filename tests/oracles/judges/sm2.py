"""Judges of signatures in SM2 with SM3 (GB/T 32918, GB/T 32905): OpenSSL and gmssl, on the parts of the CMS.

The CMS is that of GB/T 35275, which has the structure of RFC 5652 under object identifiers of its own; asn1crypto takes
it apart.
"""

from asn1crypto import cms, x509

from .asking import Refused, refuse_unless, run, signature_and_content
from .stamps import Outer

IDENTITY = "1234567812345678"  # of the signer, where none is agreed on (GM/T 0009)
SIGNED_DATA = "1.2.156.10197.6.1.4.2.2"
SM3 = "1.2.156.10197.1.401"


def taken_apart(job):
    """The content, its stated digest, what is signed, the signature, and the certificates with the signer's first."""
    signature, content = signature_and_content(job)
    outer = Outer.load(signature, strict=True)
    refuse_unless(outer["content_type"].native == SIGNED_DATA, "not the SignedData of GB/T 35275")
    signed = outer["content"].parse(cms.SignedData)
    refuse_unless(len(signed["signer_infos"]) == 1, "not one signer")
    signer = signed["signer_infos"][0]
    refuse_unless(signer["digest_algorithm"]["algorithm"].native == SM3, "another digest")
    digest = [one["values"][0].native for one in signer["signed_attrs"] if one["type"].native == "message_digest"]
    refuse_unless(len(digest) == 1, "not one message digest")
    attributes = b"\x31" + signer["signed_attrs"].dump()[1:]
    certificates = [one.chosen for one in signed["certificates"]]
    serial = signer["sid"].chosen["serial_number"].native
    certificates.sort(key=lambda one: one.serial_number != serial)
    refuse_unless(certificates and certificates[0].serial_number == serial, "the signer's certificate is not inside")
    return content, digest[0], attributes, signer["signature"].native, certificates


def openssl(job):
    """OpenSSL: digest, signature and chain."""
    content, digest, attributes, signature, certificates = taken_apart(job)
    put = lambda name, data: (job.folder / name).write_bytes(data)  # noqa: E731
    put("content.bin", content), put("attributes.der", attributes), put("signature.der", signature)
    for at, certificate in enumerate(certificates):
        put(f"{at}.der", certificate.dump())
        refuse_unless(run("openssl", "x509", "-inform", "DER", "-in", job.folder / f"{at}.der", "-out", job.folder / f"{at}.pem")[0] == 0, "certificate")
    _, said = run("openssl", "dgst", "-sm3", "-r", job.folder / "content.bin")
    refuse_unless(said.split()[0] == digest.hex(), "the document is not what was signed")
    # OpenSSL 3.0 tells the identity to the first certificate only: so link by link, each under the next as if it were the root.
    above = [job.folder / f"{at}.pem" for at in range(1, len(certificates))] + [job.root]
    for at, issuer in enumerate(above):
        alone = ["-partial_chain", "-trusted", issuer, "-no-CApath", "-no-CAstore", "-vfyopt", f"distid:{IDENTITY}"]
        status, said = run("openssl", "verify", *alone, job.folder / f"{at}.pem")
        refuse_unless(status == 0, said)
    _, key = run("openssl", "x509", "-in", job.folder / "0.pem", "-pubkey", "-noout")
    put("key.pem", key.encode() + b"\n")
    status, said = run(
        "openssl", "pkeyutl", "-verify", "-pubin", "-inkey", job.folder / "key.pem", "-rawin", "-digest", "sm3",
        "-pkeyopt", f"distid:{IDENTITY}", "-sigfile", job.folder / "signature.der", "-in", job.folder / "attributes.der",
    )  # fmt: skip
    refuse_unless(status == 0, said)
    return said


def gmssl(job):
    """gmssl, which is written in Python: digest and signature of the document, signature of each certificate."""
    content, digest, attributes, signature, certificates = taken_apart(job)
    from gmssl import func, sm3

    refuse_unless(sm3.sm3_hash(func.bytes_to_list(content)) == digest.hex(), "the document is not what was signed")
    root = x509.Certificate.load(_der(job.root.read_text()))
    chain = [*certificates, root]
    checked = [(certificates[0], attributes, signature)]
    checked += [(above, below["tbs_certificate"].dump(), below["signature_value"].native) for below, above in zip(chain, chain[1:])]
    for certificate, message, made in checked:
        if not _verifies(certificate, message, made):
            raise Refused(f"{certificate.subject.human_friendly} did not sign this")
    return f"{len(checked)} signatures"


def _verifies(certificate, message, signature):
    """Whether the key of a certificate signed a message."""
    from gmssl.sm2 import CryptSM2

    point = certificate.public_key["public_key"].native
    checker = CryptSM2(private_key="", public_key="", asn1=True)
    checker.public_key = point[1:].hex()  # its constructor takes leading zeros of the key for a prefix
    return checker.verify_with_sm3(signature.hex(), message)


def _der(text):
    """The bytes of a certificate in PEM."""
    from asn1crypto import pem

    return pem.unarmor(text.encode())[2]
