"""A mail server that we did not write (aiosmtpd): it takes our mail, and says what it read in it.

    mailbox.py tls|starttls|plain PORT CERTIFICATE KEY

Says in a line of JSON that it is ready and where, once it listens (port 0 takes any), then a line of JSON for each mail. Ends when its standard input does. Only
`mingzheng` with the password `geheim` may send, only after encryption, unless `plain` takes everything; mail to `nobody@…` is refused for good.
"""

import json
import logging
import socket
import ssl
import sys
import warnings
from email import message_from_bytes, policy

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult


class Mailbox:
    """Prints what it gets."""

    async def handle_RCPT(self, server, session, envelope, address, options):
        if address.startswith("nobody@"):
            return "550 5.1.1 no such mailbox"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        mail = message_from_bytes(envelope.content, policy=policy.default)
        say(
            {
                "encrypted": server.transport.get_extra_info("sslcontext") is not None,
                "sender": envelope.mail_from,
                "receivers": envelope.rcpt_tos,
                "from": mail["from"],
                "to": mail["to"],
                "subject": mail["subject"],
                "id": mail["message-id"],
                "date": mail["date"].datetime.isoformat(),
                "text": mail.get_body().get_content(),
                "faults": [str(fault) for part in mail.walk() for fault in part.defects],
            }
        )
        return "250 OK"


def say(what):
    print(json.dumps(what), flush=True)


def authenticated(server, session, envelope, mechanism, data):
    right = data.login == b"mingzheng" and data.password == b"geheim"
    return AuthResult(success=right, handled=False)


def main():
    # Clients that turn away are what is tried.
    logging.disable()
    warnings.simplefilter("ignore")
    way, port, certificate, key = sys.argv[1:]
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate, key)
    if port == "0":
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
    rules = {"authenticator": authenticated, "auth_required": True}

    class Server(Controller):
        def factory(self):
            if way == "plain":
                return SMTP(self.handler)
            if way == "tls":
                # Encryption stands below it already.
                return SMTP(self.handler, auth_require_tls=False, **rules)
            return SMTP(self.handler, tls_context=context, require_starttls=True, **rules)

    below = {"ssl_context": context} if way == "tls" else {}
    server = Server(Mailbox(), hostname="127.0.0.1", port=int(port), **below)
    server.start()
    say({"ready": int(port)})
    sys.stdin.read()
    server.stop()


main()
