#!/usr/bin/env python3
"""Asks a running service everything that its OpenAPI document promises (schemathesis).

    interface.py DOCUMENT ADDRESS TOKEN SECONDS

No answer may be a failure of ours, and each must have a status, a media type, headers and a shape that the document names.
"""

import sys

import schemathesis
from schemathesis.cli import schemathesis as command

CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
)


@schemathesis.serializer("application/x-ndjson")
def lines(context, value):
    """Rows are lines of JSON, which the document knows as text."""
    return value if isinstance(value, bytes) else str(value).encode("utf-8", "surrogatepass")


def main():
    document, address, token, seconds = sys.argv[1:]
    command(
        [
            "run",
            document,
            f"--url={address}",
            f"--header=Authorization: Bearer {token}",
            f"--max-time={seconds}",
            f"--checks={','.join(CHECKS)}",
            "--generation-database=none",
            "--seed=1",
            "--continue-on-failure",
            "--request-timeout=30",
            "--warnings=off",
            "--no-color",
        ]
    )


if __name__ == "__main__":
    main()
