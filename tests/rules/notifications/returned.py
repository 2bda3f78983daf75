"""Mails that come back, as servers write them; addresses and names are made up."""

from services.notifications.domain.header_ids import header_id
from tests.stage import SECRET

ID = "0b9d6a52-1c2d-5e3f-8a4b-5c6d7e8f9a0b"
OTHER_ID = "7c1d2e3f-4a5b-5c6d-9e8f-0a1b2c3d4e5f"
DOMAIN = "holdfast.example"
OURS = header_id(ID, SECRET, DOMAIN)  # as only who got the mail knows it


def about(mail: bytes, message_id: str) -> bytes:
    """A mail of these, about another one of ours."""
    return mail.replace(OURS.encode(), header_id(message_id, SECRET, DOMAIN).encode())


def original(message_id: str = ID, domain: str = DOMAIN) -> str:
    return (
        f"From: Institute <courses@{DOMAIN}>\nTo: Ada <ada@learners.example>\n"
        f"Subject: You are in\nMessage-ID: {header_id(message_id, SECRET, domain)}\n\nHello Ada,\n"
    )


def report(
    fields: str,
    words: str = "Your message could not be delivered.",
    returned: str | None = None,
    kind: str = "message/rfc822",
    top: str = "From: MAILER-DAEMON@mx.example\nSubject: Undelivered Mail Returned to Sender",
    status: str = "message/delivery-status",
    report_type: str = "delivery-status",
) -> bytes:
    """A multipart/report: words, fields, and the mail that came back."""
    copy = original() if returned is None else returned
    third = f"--b\nContent-Type: {kind}\n\n{copy}\n" if copy else ""
    return (
        f"{top}\nTo: courses@{DOMAIN}\nMIME-Version: 1.0\n"
        f'Content-Type: multipart/report; report-type={report_type}; boundary="b"\n\n'
        f"--b\nContent-Type: text/plain; charset=utf-8\n\n{words}\n"
        f"--b\nContent-Type: {status}\n\n{fields}\n{third}--b--\n"
    ).encode()


POSTFIX = report(
    "Reporting-MTA: dns; mx.example\nX-Postfix-Queue-ID: 4AB12\nArrival-Date: Mon, 14 Sep 2020\n\n"
    "Final-Recipient: rfc822; ada@learners.example\n"
    "Original-Recipient: rfc822;ada@learners.example\nAction: failed\nStatus: 5.1.1\n"
    "Remote-MTA: dns; mail.learners.example\n"
    "Diagnostic-Code: smtp; 550 5.1.1 <ada@learners.example>: Recipient address rejected",
    top="From: MAILER-DAEMON@mx.example (Mail Delivery System)\nAuto-Submitted: auto-replied\n"
    "Subject: Undelivered Mail Returned to Sender",
)
EXCHANGE_GERMAN = report(
    "Reporting-MTA: dns;ex.learners.example\n\nFinal-Recipient: rfc822;ada@learners.example\n"
    "Action: failed\nStatus: 5.1.10\n"
    "Diagnostic-Code: smtp;550 5.1.10 RESOLVER.ADR.RecipientNotFound; Empfaenger unbekannt",
    words="Die Nachricht wurde nicht zugestellt.",
    top="From: Microsoft Outlook <postmaster@learners.example>\n"
    "Subject: =?utf-8?Q?Unzustellbar:_Sie_sind_dabei?=\n"
    f"In-Reply-To: {OURS}\nReferences: {OURS}",
)
OUTLOOK_EDGE = report(
    "Reporting-MTA: dns;x.outlook.example\n\nFinal-Recipient: rfc822;ada@learners.example\n"
    "Action: failed\nStatus: 5.4.1\nDiagnostic-Code: smtp;550 5.4.1 Recipient address rejected: "
    "Access denied.",
)
GMAIL = report(
    "Reporting-MTA: dns; googlemail.example\nReceived-From-MTA: dns; courses@holdfast.example\n"
    f"X-Original-Message-ID: {OURS}\n\n"
    "Final-Recipient: rfc822; ada@learners.example\nAction: failed\nStatus: 5.1.1\n"
    "Diagnostic-Code: smtp; 550-5.1.1 The email account that you tried to reach does not exist.",
    returned="",
    top="From: Mail Delivery Subsystem <mailer-daemon@googlemail.example>\n"
    "X-Failed-Recipients: ada@learners.example\nAuto-Submitted: auto-replied\n"
    "Subject: Delivery Status Notification (Failure)",
)
FULL = report(
    "Reporting-MTA: dns; mx.example\n\nFinal-Recipient: rfc822; ada@learners.example\n"
    "Action: failed\nStatus: 5.2.2\nDiagnostic-Code: smtp; 552 5.2.2 Mailbox full",
    kind="text/rfc822-headers",
)
EXPIRED = report(
    "Reporting-MTA: dns; mx.example\n\nFinal-Recipient: rfc822; ada@learners.example\n"
    "Action: failed\nStatus: 4.4.1\nDiagnostic-Code: X-Postfix; connect: Connection timed out",
)
POLICY = report(
    "Reporting-MTA: dns; mx.example\n\nFinal-Recipient: rfc822; ada@learners.example\n"
    "Action: failed\nStatus: 5.7.1\nDiagnostic-Code: smtp; 550 5.7.1 rejected as spam",
)
NOBODY_BY_POLICY = report(
    "Reporting-MTA: dns; mx.example\n\nFinal-Recipient: rfc822; ada@learners.example\n"
    "Action: failed\nStatus: 5.0.0\nDiagnostic-Code: smtp; 550 No such user here",
)
FULL_BY_WORDS = report(
    "Reporting-MTA: dns; mx.example\n\nFinal-Recipient: rfc822; ada@learners.example\n"
    "Action: failed\nStatus: 5.0.0\nDiagnostic-Code: smtp; 550 mailbox unavailable: over quota",
)
DELAYED = report(
    "Reporting-MTA: dns; mx.example\n\nFinal-Recipient: rfc822; ada@learners.example\n"
    "Action: delayed\nStatus: 4.4.1\nWill-Retry-Until: Sat, 19 Sep 2020 10:00:00 +0000",
)
DELIVERED = report(
    "Reporting-MTA: dns; mx.example\n\nFinal-Recipient: rfc822; ada@learners.example\n"
    "Action: delivered\nStatus: 2.0.0",
)
UTF8 = report(
    "Reporting-MTA: dns; mx.example\n\nFinal-Recipient: utf-8; ada@learners.example\n"
    "Action: failed\nStatus: 5.1.1\nDiagnostic-Code: smtp; 550 5.1.1 nobody",
    kind="message/global",
    status="message/global-delivery-status",
)
OF_A_FORWARD = report(
    "Reporting-MTA: dns; mx.example\n\nOriginal-Recipient: rfc822; ada@learners.example\n"
    "Final-Recipient: rfc822; ada@elsewhere.example\nAction: failed\nStatus: 5.1.1",
    returned=f"Message-ID: {OURS}\nContent-Type: multipart/mixed; boundary=c\n\n"
    f"--c\nContent-Type: message/rfc822\n\n{original(OTHER_ID)}\n--c--\n",
)
OF_AN_ANSWER_OF_STAFF = report(
    "Reporting-MTA: dns; mx.example\n\nFinal-Recipient: rfc822; ada@learners.example\n"
    "Action: failed\nStatus: 5.1.1",
    returned=f"Message-ID: <hello@desk.example>\nReferences: {OURS}\n\nDear Ada\n",
    top=f"From: MAILER-DAEMON@mx.example\nReferences: {OURS}",
)
OF_ANOTHER_DOMAIN = report(
    "Reporting-MTA: dns; mx.example\n\nFinal-Recipient: rfc822; ada@learners.example\n"
    "Action: failed\nStatus: 5.1.1",
    returned=original(domain="holdfast.example.evil.example"),
)
COMPLAINT = report(
    "Feedback-Type: abuse\nUser-Agent: FBL/1.0\nVersion: 1\n"
    "Original-Rcpt-To: <ada@learners.example>",
    status="message/feedback-report",
    report_type="feedback-report",
    top="From: fbl@provider.example\nSubject: FW: You are in",
)
NOT_SPAM = COMPLAINT.replace(b"Feedback-Type: abuse", b"Feedback-Type: not-spam")
READ = report(
    "Reporting-UA: mua.example\nFinal-Recipient: rfc822;ada@learners.example\n"
    "Disposition: manual-action/MDN-sent-manually; displayed",
    status="message/disposition-notification",
    report_type="disposition-notification",
    top="From: Ada <ada@learners.example>\nSubject: Read: You are in",
)
UNDER_A_FOOTER = (
    b"From: MAILER-DAEMON@mx.example\nContent-Type: multipart/mixed; boundary=g\n\n--g\n"
    + POSTFIX[POSTFIX.index(b"Content-Type: multipart/report") :]
    + b"\n--g\nContent-Type: text/plain\n\nChecked by a gateway.\n--g--\n"
)
FORWARDED_BY_A_HUMAN = (
    b"From: Ada <ada@learners.example>\nSubject: Fwd\nContent-Type: multipart/mixed; boundary=g\n\n"
    b"--g\nContent-Type: text/plain\n\nWhat is this?\n--g\nContent-Type: message/rfc822\n\n"
    + POSTFIX
    + b"\n--g--\n"
)
QMAIL = (
    "From: MAILER-DAEMON@mx.example\nSubject: failure notice\n\n"
    "Hi. This is the qmail-send program at mx.example.\n"
    "I'm afraid I wasn't able to deliver your message to the following addresses.\n"
    "This is a permanent error; I've given up. Sorry it didn't work out.\n\n"
    "<ada@learners.example>:\nSorry, no mailbox here by that name. (#5.1.1)\n\n"
    "--- Below this line is a copy of the message.\n\n"
    f"Return-Path: <courses@{DOMAIN}>\n{original()}"
).encode()
EXIM = (
    "From: Mail Delivery System <Mailer-Daemon@mx.example>\nAuto-Submitted: auto-replied\n"
    "X-Failed-Recipients: ada@learners.example\n"
    "Subject: Mail delivery failed: returning message to sender\n\n"
    "A message that you sent could not be delivered to one or more of its\n"
    "recipients. This is a permanent error. The following address(es) failed:\n\n"
    "  ada@learners.example\n    host mail.learners.example [192.0.2.5]\n"
    "    SMTP error from remote mail server after RCPT TO:<ada@learners.example>:\n"
    "    550 Unknown user\n\n"
    f"------ This is a copy of the message, including all the headers. ------\n\n{original()}"
).encode()
EXIM_WAITS = (
    "From: Mail Delivery System <Mailer-Daemon@mx.example>\nAuto-Submitted: auto-replied\n"
    "Subject: Warning: message 1k delayed 24 hours\n\n"
    "The message has not yet been delivered to one or more of its recipients after more than\n"
    "24 hours. No action is required on your part. Delivery attempts will continue.\n\n"
    f"Message-ID: {OURS}\n"
).encode()
GERMAN_WORDS = (
    "From: Postmaster <postmaster@post.example>\n"
    "Subject: =?iso-8859-1?Q?Zustellung_nicht_m=F6glich?=\n"
    "Content-Type: text/plain; charset=iso-8859-1\n\n"
    "Die Mail an ada@learners.example konnte nicht zugestellt werden: Empfänger unbekannt.\n\n"
    f"Message-ID: {OURS}\n"
).encode("latin-1")
ABSENT = (
    "From: Ada <ada@learners.example>\nAuto-Submitted: auto-replied\nPrecedence: bulk\n"
    f"Subject: Automatic reply\nIn-Reply-To: {OURS}\n\n"
    "I am away until Monday. In room 550 nobody answers; user unknown is a song.\n"
).encode()
POSTMASTER_IS_AWAY = (
    "From: postmaster@learners.example\nAuto-Submitted: auto-replied\n"
    f"In-Reply-To: {OURS}\n\nThank you for your mail. We read all of them.\n"
).encode()
_STATUS = b"--b\nContent-Type: message/delivery-status\n\n"
_NESTED = [b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (n, n) for n in range(3000)]
JUNK = [
    b"",
    b"\n",
    b"\x00" * 100,
    b"\xff\xfe" * 500,
    b"Content-Type: multipart/report\n\n",
    b"Content-Type: multipart/report; boundary=b\n\n%s" % _STATUS,
    b"Content-Type: multipart/report; boundary=b\n\n%sAction: \xff\n\n--b--" % _STATUS,
    b"From: \xff\xfe@x\nTo: =?utf-8?b?\xff?=\n\nx",
    b"Content-Type: text/plain; charset=nonsense\nFrom: mailer-daemon@x\n\n\xff\xff",
    b"".join(_NESTED),
    b"Content-Type: message/rfc822\n\n" * 3000,
]
