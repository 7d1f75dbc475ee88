#!/usr/bin/env python3
"""Asks pyHanko to validate a signed PDF as a signature with time and long-term data (ETSI EN 319 102-1, 5.5), with nothing but the
file and one root.

    ades.py FILE --root ROOT.pem [--without-dss]

Revocation data are required and must lie in the file: nothing is fetched. Prints one JSON line with the indication and the time by
which the signature is proven to have existed. With --without-dss the security store is not looked at,
so that a file that passes only by it is seen to fail.
"""

import argparse
import asyncio
import dataclasses
import json
import sys
from pathlib import Path

try:
    from pyhanko.keys import load_cert_from_pemder
    from pyhanko.pdf_utils.reader import PdfFileReader
    from asn1crypto.crl import CertificateList
    from pyhanko.sign.validation import ades, policy_decl
    from pyhanko.sign.validation.dss import DocumentSecurityStore
    from pyhanko_certvalidator.context import CertValidationPolicySpec
    from pyhanko_certvalidator.policy_decl import CertRevTrustPolicy, REQUIRE_REVINFO
    from pyhanko_certvalidator.registry import SimpleTrustManager
    from pyhanko_certvalidator.revinfo.archival import CRLContainer
except ImportError as absent:
    sys.exit(f"pyHanko cannot judge: {absent}")


def specification(root):
    """Trust in one root, revocation data for every certificate below it, none of them from the network."""
    policy = CertValidationPolicySpec(
        trust_manager=SimpleTrustManager.build(trust_roots=[load_cert_from_pemder(str(root))]),
        revinfo_policy=CertRevTrustPolicy(REQUIRE_REVINFO),
    )
    gathering = policy_decl.RevocationInfoGatheringSpec(
        online_fetching_rule=policy_decl.RevinfoOnlineFetchingRule.LOCAL_ONLY
    )
    return policy_decl.SignatureValidationSpec(cert_validation_policy=policy, revinfo_gathering_policy=gathering)


def knowledge(store):
    """What the security store of the file holds."""
    lists = [CRLContainer(crl_data=CertificateList.load(it.get_object().data)) for it in store.crls]
    return policy_decl.LocalKnowledge(known_crls=lists, known_certs=list(store.load_certs()))


def judge(pdf, root, without_dss):
    with pdf.open("rb") as file:
        reader = PdfFileReader(file, strict=True)
        (signature,) = reader.embedded_signatures
        spec, certificates, lists = specification(root), 0, 0
        if not without_dss:
            store = DocumentSecurityStore.read_dss(reader)
            spec = dataclasses.replace(spec, local_knowledge=knowledge(store))
            certificates, lists = len(store.certs), len(store.crls)
        signature.compute_integrity_info()
        validation = ades.ades_with_time_validation(
            signature.signed_data,
            spec,
            raw_digest=signature.compute_digest(),
            extra_status_kwargs=signature.summarise_integrity_info(),
            status_cls=ades.PdfSignatureStatus,
        )
        result = asyncio.run(validation)
        existed = result.best_signature_time
        return {
            "indication": str(result.ades_subindic),
            "passed": result.ades_subindic == ades.AdESPassed.OK,
            "why": str(result.failure_msg) if result.failure_msg else None,
            "existed_at": existed.isoformat() if existed else None,
            "certificates": certificates,
            "revocation_lists": lists,
        }


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("pdf", type=Path)
    parser.add_argument("--root", type=Path, required=True, help="the one certificate to trust, PEM")
    parser.add_argument("--without-dss", action="store_true", help="do not look at the security store")
    job = parser.parse_args()
    try:
        said = judge(job.pdf, job.root, job.without_dss)
    except Exception as refusal:  # a judge that chokes on the file does not accept it
        said = {"indication": type(refusal).__name__, "passed": False, "why": str(refusal)}
    print(json.dumps(said, ensure_ascii=False))


if __name__ == "__main__":
    main()
