"""What a judge is given, and how a program is asked."""

import re
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

PATIENCE = 120  # seconds for one program; a healthy one needs a few for the longest document


@dataclass
class Job:
    """One document and what is known of it. What is not given is not asked about."""

    pdf: Path
    root: Path  # the one certificate to trust, PEM
    folder: Path  # for what a judge must write down
    key: str = "p256"  # the kind of key that signed: see SIGNED_BY
    level: str = "b-b"  # the baseline level (ETSI EN 319 142-1) that is claimed
    stamp_root: Path | None = None  # the root of the timestamp authority, PEM
    qr: str | None = None  # what the QR code of page 1 must say
    facts: Path | None = None  # the canonical facts, every one of which must be readable
    edition: str = "zh"  # the template that printed them
    code: str = ""  # the verification code as printed
    only: list = field(default_factory=list)  # names of judges; all, if there are none


class NotAsked(Exception):
    """The judge was given nothing to judge, or cannot tell; says why."""


class Refused(Exception):
    """The judge does not accept the document; says why."""


def run(*command, stderr=subprocess.STDOUT, data=None):
    """Runs a program and gives its exit status and what it said, complaints included unless told otherwise."""
    done = subprocess.run(
        [str(part) for part in command],
        input=data,
        stdin=subprocess.DEVNULL if data is None else None,
        stdout=subprocess.PIPE,
        stderr=stderr,
        timeout=PATIENCE,
        check=False,
    )
    return done.returncode, done.stdout.decode("utf-8", "replace").strip()


def refuse_unless(accepted, reason):
    """Ends the judge's work with a refusal, unless it accepts."""
    if not accepted:
        raise Refused(reason if isinstance(reason, str) else "; ".join(map(str, reason)))


def missing(said, *wanted):
    """Those of the wanted sentences that a program did not say."""
    return [sentence for sentence in wanted if sentence not in said]


def signature_and_content(job):
    """The one signature (CMS, DER) and the bytes it must cover: everything but itself."""
    data = job.pdf.read_bytes()
    ranges = re.findall(rb"/ByteRange\s*\[\s*(\d+)\s+(\d+)\s+(\d+)\s+(\d+)\s*\]", data)
    refuse_unless(len(ranges) == 1, f"{len(ranges)} byte ranges, not 1")
    first, first_length, second, second_length = map(int, ranges[0])
    end = second + second_length
    refuse_unless(first == 0 and end == len(data), f"the signature covers {end} of {len(data)} bytes")
    gap = data[first_length:second]
    refuse_unless(re.fullmatch(rb"<[0-9A-Fa-f]+>", gap), "the part left out is not one hexadecimal string")
    padded = bytes.fromhex(gap[1:-1].decode())
    return padded[: der_length(padded)], data[:first_length] + data[second:]


def der_length(data):
    """The length of the DER value that data begins with (the rest is padding)."""
    if data[1] < 0x80:
        return 2 + data[1]
    octets = data[1] & 0x7F
    return 2 + octets + int.from_bytes(data[2 : 2 + octets], "big")
