"""What a provider's answers, receipts, replies and signatures mean."""

import pytest

from services.notifications.domain.replies import read_reply
from services.notifications.domain.signature import SignatureInvalid
from services.notifications.domain.text_outcomes import answer_of, rank
from services.notifications.domain.text_signature import check_text_signature, sign

# The example of Twilio's security guide, and the one with a field that is there thrice, by which
# its own libraries are tested.
URL = "https://mycompany.com/myapp.php?foo=1&bar=2"
TOKEN = "12345"
FIELDS = [
    ("CallSid", "CA1234567890ABCDE"),
    ("Caller", "+14158675309"),
    ("Digits", "1234"),
    ("From", "+14158675309"),
    ("To", "+18005551212"),
]
SIGNED = "RSOYDt4T1cUTdK1PDd93/VVr8B8="
THRICE = [
    ("Sid", "CA123"), ("SidAccount", "AC123"),
    ("Digits", "5678"), ("Digits", "1234"), ("Digits", "1234"),
]  # fmt: skip


def good(given: str = SIGNED, url: str = URL, fields=FIELDS, tokens=(TOKEN,)) -> bool:
    try:
        check_text_signature(tokens, given, url, fields)
    except SignatureInvalid:
        return False
    return True


def test_the_provider_s_own_examples():
    assert good()
    assert good(fields=FIELDS[::-1])
    assert good("IK+Dwps556ElfBT0I3Rgjkr1wJU=", fields=THRICE)
    assert good(tokens=("another", TOKEN))  # while the token is replaced


def test_the_port_may_be_said_or_not():
    with_port = "https://mycompany.com:443/myapp.php?foo=1&bar=2"
    assert good(sign(TOKEN, with_port, FIELDS))
    assert good(url=with_port)
    other = "https://mycompany.com:8443/myapp.php?foo=1&bar=2"
    assert good(url=other)  # signed without it
    assert good(sign(TOKEN, other, FIELDS), url=other)
    assert not good(sign(TOKEN, other, FIELDS))


def test_anything_else_is_refused():
    assert not good(url=URL + "&baz=3")
    assert not good(url=URL.replace("https", "http"))
    assert not good(fields=[*FIELDS, ("Body", "STOP")])
    assert not good(fields=FIELDS[1:])
    assert not good(tokens=())
    assert not good(sign("", URL, FIELDS), tokens=("",))  # an empty token is none
    assert not good("", tokens=("",))
    assert not good("é" * 28)
    assert not good(SIGNED.lower())


@pytest.mark.parametrize(
    ("status", "code", "answer"),
    [
        (400, 21211, "bounced"),
        (400, 21614, "bounced"),
        (400, 21610, "stopped"),
        (400, 21408, "refused"),  # not allowed to send to that country: ours to mend
        (400, None, "refused"),
        (404, 20404, "refused"),
        (302, None, "refused"),
        (401, 20003, "away"),
        (403, None, "away"),
        (429, 20429, "again"),
        (429, None, "again"),
        (503, None, "away"),
        (500, 20500, "away"),
        (500, None, "unknown"),  # whose word that is, nobody knows
        (502, None, "unknown"),
        (504, None, "unknown"),
    ],
)
def test_what_an_answer_means(status: int, code: int | None, answer: str):
    assert answer_of(status, code) == answer


def test_receipts_only_go_forward():
    on_its_way = ["accepted", "scheduled", "queued", "sending", "sent"]
    assert {rank(status) for status in on_its_way} == {1}
    assert {rank(status) for status in ("delivered", "undelivered", "failed", "read")} == {2}
    assert rank("receiving") == rank("") == rank("DROP TABLE") == 0


@pytest.mark.parametrize(
    ("body", "told", "answered"),
    [
        ("STOP", "", "stop"),
        (" stop. ", "", "stop"),
        ("Stopp!", "", "stop"),
        ("baja", "", "stop"),
        ("opt-out", "", "stop"),
        ("enough of it", "STOP", "stop"),  # the provider has words of its own
        ("Start", "", "start"),
        ("UNSTOP", "START", "start"),
        ("Do not stop by today, I am ill", "", "other"),
        ("HELP", "HELP", "other"),
        ("", "", "other"),
        ("🛑", "", "other"),
    ],
)
def test_what_somebody_answers(body: str, told: str, answered: str):
    assert read_reply(body, told) == answered
