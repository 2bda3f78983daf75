"""What comes back, read by hand-written expectations: whom it is about, and what it means."""

from base64 import b64encode
from time import process_time

import pytest

from services.notifications.domain.returned_mail import read_returned
from services.notifications.domain.unsubscribing import stream_of
from services.notifications.domain.verp import ROOM, return_address, told_by
from tests.rules.notifications import returned as mails
from tests.rules.notifications.returned import DOMAIN, ID, report
from tests.stage import SECRET

ADA = "ada@learners.example"


@pytest.mark.parametrize(
    ("mail", "kind", "code", "recipient"),
    [
        ("POSTFIX", "hard", "5.1.1", ADA),
        ("EXCHANGE_GERMAN", "hard", "5.1.10", ADA),
        ("OUTLOOK_EDGE", "hard", "5.4.1", ADA),
        ("GMAIL", "hard", "5.1.1", ADA),
        ("UTF8", "hard", "5.1.1", ADA),
        ("NOBODY_BY_POLICY", "hard", "5.0.0", ADA),
        ("OF_A_FORWARD", "hard", "5.1.1", ADA),
        ("UNDER_A_FOOTER", "hard", "5.1.1", ADA),
        ("QMAIL", "hard", "5.1.1", ADA),
        ("EXIM", "hard", "550", ADA),
        ("GERMAN_WORDS", "hard", "", ADA),
        ("FULL", "soft", "5.2.2", ADA),
        ("EXPIRED", "soft", "4.4.1", ADA),
        ("POLICY", "soft", "5.7.1", ADA),
        ("FULL_BY_WORDS", "soft", "5.0.0", ADA),
        ("DELAYED", "delayed", "4.4.1", ADA),
        ("EXIM_WAITS", "delayed", "", ""),
        ("COMPLAINT", "complaint", "", ADA),
    ],
)
def test_what_servers_write(mail: str, kind: str, code: str, recipient: str) -> None:
    found = read_returned(getattr(mails, mail), DOMAIN, SECRET)
    assert (found.kind, found.code, found.recipient) == (kind, code, recipient)
    assert found.message_ids == (ID,)


@pytest.mark.parametrize(
    "mail",
    ["DELIVERED", "NOT_SPAM", "READ", "FORWARDED_BY_A_HUMAN", "ABSENT", "POSTMASTER_IS_AWAY"],
)
def test_what_is_none(mail: str) -> None:
    found = read_returned(getattr(mails, mail), DOMAIN, SECRET)
    assert (found.kind, found.message_ids) == ("other", ())


@pytest.mark.parametrize("mail", ["OF_AN_ANSWER_OF_STAFF", "OF_ANOTHER_DOMAIN"])
def test_what_is_about_none_of_ours(mail: str) -> None:
    found = read_returned(getattr(mails, mail), DOMAIN, SECRET)
    assert (found.kind, found.message_ids) == ("hard", ())


@pytest.mark.parametrize("number", range(len(mails.JUNK)))
def test_junk_is_junk(number: int) -> None:
    assert read_returned(mails.JUNK[number], DOMAIN, SECRET).kind == "other"


@pytest.mark.parametrize(
    "piece",
    [
        "\n",
        " \n",
        ">",
        "-",
        "a",
        "a@",
        "<",
        "<a@",
        "user ",
        "5.",
        "a.",
        "message-id: <",
        "(",
        "--b\n",
        "--b\n\n",
        "a: b\n\n",
        "a: b\n",
        " b\n",
    ],
)
def test_a_mail_that_is_made_to_be_long_takes_no_time(piece: str) -> None:
    long = piece * (900_000 // len(piece))
    words = f"From: mailer-daemon@x.example\nTo: {long.strip()}\n\nuser unknown {long}".encode()
    fields = f"Final-Recipient: {long}\nAction: failed\nStatus: 5.1.1\nDiagnostic-Code: {long}"
    began = process_time()
    assert read_returned(words, DOMAIN, SECRET).kind in ("hard", "other", "soft")
    read_returned(report(fields, words=long), DOMAIN, SECRET)
    assert process_time() - began < 2  # with a look from each place anew it would be minutes


def test_whatever_is_cut_off_is_read_as_far_as_it_goes() -> None:
    kinds = {
        read_returned(mails.POSTFIX[:end], DOMAIN, SECRET).kind for end in range(len(mails.POSTFIX))
    }
    assert kinds == {"other", "soft", "hard"}


def test_of_several_fates_the_final_one_counts() -> None:
    fields = (
        "Reporting-MTA: dns; mx.example\n\n"
        "Final-Recipient: rfc822; a@x.example\nAction: delayed\nStatus: 4.4.1\n\n"
        "Final-Recipient: rfc822; b@x.example\nAction: failed\nStatus: 5.1.1"
    )
    assert read_returned(report(fields), DOMAIN, SECRET).kind == "hard"


def test_a_copy_that_came_another_way_is_the_same() -> None:
    named = b"Message-ID: <dsn-1@mx.example>\n" + mails.POSTFIX
    again = b"Received: by another\n" + named
    other = named.replace(b"dsn-1", b"dsn-2")
    digests = [read_returned(mail, DOMAIN, SECRET).digest for mail in (named, again, other)]
    assert digests[0] == digests[1] != digests[2]


def test_words_in_base64_are_read() -> None:
    head, _, body = mails.QMAIL.partition(b"\n\n")
    head += b"\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: base64"
    found = read_returned(head + b"\n\n" + b64encode(body), DOMAIN, SECRET)
    assert (found.kind, found.message_ids) == ("hard", (ID,))


def test_an_address_of_return_says_which_mail_and_only_ours_does() -> None:
    address = return_address("b" * ROOM + "@learn.example", "secret", ID)
    local = address.partition("@")[0]
    assert len(local) <= 64
    assert told_by(["x@y.example", address.upper()], "secret") == ID
    assert told_by([address], "another secret") is None
    assert told_by([address.replace("0b9d6a52", "0b9d6a53")], "secret") is None
    assert return_address("b@learn.example", "secret", "no uuid") == "b@learn.example"


def test_a_mail_says_where_it_came_to() -> None:
    came = b"Delivered-To: bounces+x@learn.example\n" + mails.POSTFIX
    assert read_returned(came, DOMAIN, SECRET).came_to == (
        "bounces+x@learn.example",
        f"courses@{DOMAIN}",
    )


def test_only_what_is_not_operational_can_be_stopped() -> None:
    stopped = {"credit_expiring", "evaluation_request", "evaluation_reminder"}
    kept = {"reminder_7d", "join_1h", "certificate_missing", "receipt", "registration_confirmed"}
    assert {one for one in stopped | kept if stream_of(one)} == stopped
