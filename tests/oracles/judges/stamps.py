"""Judges of what proves a signature later: OpenSSL about the timestamp, pyHanko about the whole for the long term."""

from asn1crypto import cms, core

import ades as pyhanko_ades

from .asking import NotAsked, refuse_unless, run, signature_and_content


class Outer(core.Sequence):
    """A ContentInfo of RFC 5652, or of GB/T 35275, which names its types otherwise."""

    _fields = [("content_type", core.ObjectIdentifier), ("content", core.Any, {"explicit": 0})]


def openssl_ts(job):
    """OpenSSL: the token is of this signature, by an authority under the root given (RFC 3161)."""
    if job.level == "b-b":
        raise NotAsked("no timestamp is claimed")
    signature, _ = signature_and_content(job)
    signer = Outer.load(signature, strict=True)["content"].parse(cms.SignedData)["signer_infos"][0]
    tokens = [one["values"][0] for one in signer["unsigned_attrs"] if one["type"].native == "signature_time_stamp_token"]
    refuse_unless(len(tokens) == 1, f"{len(tokens)} timestamps, not 1")
    token, signed, others = (job.folder / name for name in ("token.der", "signed.bin", "others.pem"))
    token.write_bytes(tokens[0].dump())
    signed.write_bytes(signer["signature"].native)
    _, said = run("openssl", "pkcs7", "-inform", "DER", "-in", token, "-print_certs")
    others.write_text(said + "\n")
    status, said = run(
        "openssl", "ts", "-verify", "-token_in", "-in", token, "-data", signed, "-CAfile", job.stamp_root, "-untrusted", others
    )
    refuse_unless(status == 0, said)
    return said.splitlines()[-1]


def ades(job):
    """pyHanko by ETSI EN 319 102-1: valid for the long term with the file and a root alone."""
    if job.level != "b-lt" or job.key != "p256":
        raise NotAsked("B-LT under one root is not claimed")
    said = pyhanko_ades.judge(job.pdf, job.root, without_dss=False)
    refuse_unless(said["passed"], f"{said['indication']}: {said['why']}")
    return f"{said['indication']}, existed at {said['existed_at']}"
