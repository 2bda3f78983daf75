"""What is shown to be verified: a PDF becomes its hash, a credential is freed of line breaks."""

import pytest

from services.web.domain.presented import LONGEST, MOST, Presented, code_in, presented

TOKEN = "eyJhbGciOiJFUzI1NiJ9.eyJpZCI6InVybjp1dWlkOjEifQ.c2lnbmF0dXJl-_0"
# sha256sum of the six bytes `%PDF-1`
HASH = "21af8e71c8703196df7fe1ff901869a88fe64c07bbaa83d838efb45a52b4f303"


def test_a_pdf_becomes_its_hash():
    shown = presented(b"%PDF-1", "")
    assert shown == Presented("file", {"sha256": HASH})
    # Readers take what stands before the mark; the hash is that of all bytes.
    before = presented(b"\n\n%PDF-1", TOKEN)
    assert isinstance(before, Presented)
    assert before.kind == "file"
    assert before.body != shown.body


@pytest.mark.parametrize(
    "text", [TOKEN, f"  {TOKEN}\r\n", TOKEN[:30] + "\n" + TOKEN[30:60] + "\r\n " + TOKEN[60:]]
)
def test_a_credential_is_known_as_a_file_or_typed_however_it_was_broken(text):
    assert presented(b"", text) == Presented("credential", {"jwt": TOKEN})
    assert presented(text.encode(), "") == Presented("credential", {"jwt": TOKEN})


@pytest.mark.parametrize(
    ("content", "typed", "fault"),
    [
        (b"", "", "nothing"),
        (b"", " \n", "nothing"),
        (b"", "hello", "no-credential"),
        (b"", "a.b", "no-credential"),
        (b"", "a.b.c.d", "no-credential"),
        (b"", "\x00.b.c", "no-credential"),
        (b"", "é.b.c", "no-credential"),
        (b"", f"a.b.{'c' * LONGEST}", "no-credential"),
        (b"PK\x03\x04", "", "other-file"),
        (b"\xff\xd8\xff\xe0 a photo", TOKEN, "other-file"),
        (b"x" * 2_000 + b"%PDF-1", "", "other-file"),
        (b"%PDF-" + b"x" * MOST, "", "too-large"),
        (b"", "x" * (MOST + 1), "too-large"),
    ],
)
def test_what_is_neither_is_told_apart(content, typed, fault):
    assert presented(content, typed) == fault


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        (" K7QD/9M2X ", "K7QD-9M2X"),
        ("https://holdfast.example/verify/K7QD-9M2X", "K7QD-9M2X"),
        ("holdfast.example/verify/K7QD-9M2X?x#y", "K7QD-9M2X-x-y"),
        ("../..", ""),
        ("", ""),
    ],
)
def test_a_code_is_found_in_what_was_typed(typed, code):
    assert code_in(typed) == code
