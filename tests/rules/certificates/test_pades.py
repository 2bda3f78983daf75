"""Signed files: pyHanko's own validator accepts them, and refuses what was changed."""

from __future__ import annotations

import asyncio
import io

import pytest
from asn1crypto import x509
from pyhanko.pdf_utils.generic import NumberObject
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import async_validate_pdf_signature
from pyhanko_certvalidator import ValidationContext

from services.certificates import pades
from services.certificates.pades import CannotSign, Signer
from services.certificates.render import render
from tests.rules.certificates.authority import PASSWORD, signer_file
from tests.rules.certificates.sample import PAGES
from tests.rules.certificates.test_render import PROFILES, failures, text_of


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """(the signer, the authority that vouches for it, the original, the signed file)."""
    path, root = signer_file(tmp_path_factory.mktemp("signer"))
    signer = Signer(path, PASSWORD)
    original = render(PAGES["plain"]).pdf
    return signer, root, original, signer.sign(original)


def status_of(pdf: bytes, root: bytes):
    [signature] = PdfFileReader(io.BytesIO(pdf)).embedded_signatures
    trust = ValidationContext(trust_roots=[x509.Certificate.load(root)])
    return asyncio.run(async_validate_pdf_signature(signature, trust))


def test_the_validator_accepts_what_we_signed_by_the_authority_it_trusts(made):
    _, root, original, signed = made
    status = status_of(signed, root)
    assert (status.bottom_line, status.intact, status.valid, status.trusted) == (True,) * 4
    assert status.docmdp_ok
    assert signed.startswith(original)  # an increment: what was issued is in it, byte for byte
    assert text_of(signed) == text_of(original)


def test_another_authority_does_not_vouch_for_it(made, tmp_path):
    _, _, _, signed = made
    _, stranger = signer_file(tmp_path)
    status = status_of(signed, stranger)
    assert (status.intact, status.trusted, status.bottom_line) == (True, False, False)


@pytest.mark.parametrize("place", [0.1, 0.5, 0.9])
def test_a_changed_byte_of_what_was_issued_is_seen(made, place):
    _, root, original, signed = made
    at = int(len(original) * place)
    changed = signed[:at] + bytes([signed[at] ^ 1]) + signed[at + 1 :]
    try:
        status = status_of(changed, root)
    except Exception:
        return  # it cannot even be read as the file that it was
    assert not status.bottom_line
    assert not status.intact


def test_whatever_is_added_later_is_not_covered_and_not_allowed(made):
    _, root, _, signed = made
    writer = IncrementalPdfFileWriter(io.BytesIO(signed))
    page = writer.root["/Pages"]["/Kids"].raw_get(0)
    page.get_object()["/Rotate"] = NumberObject(90)
    writer.mark_update(page)
    out = io.BytesIO()
    writer.write(out)
    status = status_of(out.getvalue(), root)
    assert not status.bottom_line


def test_a_signed_file_stays_accessible_and_is_no_pdf_a_any_more(made):
    """Known of incremental signatures; so the original stays what is downloaded by itself."""
    pdf_a, pdf_ua = PROFILES
    _, _, original, signed = made
    assert failures(original, pdf_a) == []
    assert failures(signed, pdf_ua) == []


def test_the_field_has_a_name_that_is_read_aloud(made):
    [signature] = PdfFileReader(io.BytesIO(made[3])).embedded_signatures
    assert signature.sig_field["/TU"] == "Signature of the issuer of this certificate"


def test_without_pyhanko_it_is_said_what_to_install(monkeypatch, tmp_path):
    path, _ = signer_file(tmp_path)
    monkeypatch.setattr(pades, "find_spec", lambda _: None)
    with pytest.raises(CannotSign, match=r"pip install -r requirements/signing\.txt"):
        Signer(path, PASSWORD)


@pytest.mark.parametrize(
    ("content", "password", "words"),
    [
        (None, PASSWORD, "names no file"),
        (b"no PKCS#12", PASSWORD, "cannot be opened"),
        ("good", "another", "cannot be opened"),
    ],
)
def test_a_file_that_cannot_sign_is_said_when_the_service_starts(
    content, password, words, tmp_path
):
    path, _ = signer_file(tmp_path)
    if content is None:
        path.unlink()
    elif content != "good":
        path.write_bytes(content)
    with pytest.raises(CannotSign, match=words) as said:
        Signer(path, password)
    assert PASSWORD not in str(said.value)
