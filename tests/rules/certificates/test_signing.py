"""Keys, credentials and status lists, against independent readers of the same standards."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from datetime import UTC, datetime
from itertools import pairwise

import pytest
from joserfc.jwk import ECKey
from openbadgeslib.ob3 import OB3VerificationError, OB3Verifier, decode_encoded_list

from services.certificates import signing
from services.certificates.commands.office import Office
from services.certificates.domain import status
from services.certificates.domain.credential import Holder, Said, credential_of
from services.certificates.domain.documents import SealedKey
from services.certificates.domain.pdf_binding import with_pdf

SECRET = "a secret of the tests"
OFFICE = Office(SECRET, "https://certs.example:8443")
KEY = signing.new_key(SECRET, f"{OFFICE.did}#2020-1")
SAID = Said(
    certificate_id="0192a0b0-5c1e-7a10-8f00-00000000f001",
    number="2020-7K3M-9Q2X-VD4T",
    verify_url=OFFICE.verify_url("7Q4M"),
    status_list_url=OFFICE.status_url("2020-1"),
    status_index=77,
    issuer=OFFICE.did,
    provider="Praxis CET",
    course_id="attachment-effectiveness-2020",
    title="Improving Treatment Effectiveness with Attachment Theory",
    description="",
    board="NBCC",
    credits="8.0",
    unit="clock hours",
    criteria="Required and fulfilled: attendance.",
    first_day=datetime(2020, 10, 19, 20, tzinfo=UTC),
    last_day=datetime(2020, 11, 9, 23, tzinfo=UTC),
    issued_at=datetime(2020, 11, 9, 23, 20, tzinfo=UTC),
)
HOLDER = Holder("Žaneta Łuczyńska", "zaneta@learners.example")


def token(said: Said = SAID) -> str:
    credential = with_pdf(credential_of(said, HOLDER), OFFICE.file_url("f1", "pdf"), b"%PDF-")
    return signing.sign(SECRET, KEY, credential)


def pem(key: SealedKey = KEY) -> bytes:
    return ECKey.import_key(dict(key.public)).as_pem(private=False)


@pytest.mark.parametrize("board", ["NBCC", None])
def test_openbadgeslib_accepts_our_credential(board):
    credential = OB3Verifier(pem()).verify(token(replace(SAID, board=board)))
    assert credential.issuer.id == "did:web:certs.example%3A8443"


def test_openbadgeslib_refuses_another_key_and_changed_claims():
    other = signing.new_key(SECRET, "did:web:certs.example#2020-2")
    with pytest.raises(OB3VerificationError):
        OB3Verifier(pem(other)).verify(token())
    head, body, signature = token().split(".")
    claims = json.loads(base64.urlsafe_b64decode(body + "=="))
    claims["credentialSubject"]["creditsEarned"] = 80.0
    forged = base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")
    with pytest.raises(OB3VerificationError):
        OB3Verifier(pem()).verify(f"{head}.{forged}.{signature}")


def test_the_token_holds_neither_name_nor_address():
    claims = json.dumps(signing.read(token(), [KEY.public]), ensure_ascii=False)
    assert "Łuczyńska" not in claims
    assert "learners.example" not in claims


def test_the_token_names_its_registered_claims():
    claims = signing.read(token(), [KEY.public]) or {}
    assert claims["iss"] == claims["issuer"]["id"] == OFFICE.did
    assert claims["jti"] == claims["id"] == f"urn:uuid:{SAID.certificate_id}"
    assert claims["sub"] == claims["credentialSubject"]["id"]
    assert claims["nbf"] == 1604964000
    assert claims["validFrom"] == "2020-11-09T23:20:00Z"


@pytest.mark.parametrize("junk", ["", "a", "a.b", "a.b.c", "é.é.é", "\x00", "e30.e30.e30"])
def test_junk_is_not_read(junk):
    assert signing.read(junk, [KEY.public]) is None


def test_our_own_reader_refuses_an_unknown_key_and_another_algorithm():
    assert signing.read(token(), []) is None
    none = base64.urlsafe_b64encode(b'{"alg":"none","kid":"' + KEY.key_id.encode() + b'"}')
    body = token().split(".")[1]
    assert signing.read(f"{none.decode().rstrip('=')}.{body}.", [KEY.public]) is None


def test_the_private_half_is_sealed_with_the_secret():
    assert "d" not in KEY.public
    with pytest.raises(signing.KeyShutError, match="rotate-key"):
        signing.sign("another secret of the tests", KEY, credential_of(SAID, HOLDER))


def test_the_did_document_names_every_key():
    other = signing.new_key(SECRET, f"{OFFICE.did}#2021-1")
    said = signing.did_document(OFFICE.did, [other.public, KEY.public])
    assert said["assertionMethod"] == [other.key_id, KEY.key_id]
    assert all("d" not in method["publicKeyJwk"] for method in said["verificationMethod"])


# --- status lists -------------------------------------------------------------------------------


def test_bits_are_read_back_by_an_independent_reader():
    bits = decode_encoded_list(status.encoded([0, 7, 8, 131_071]))
    assert len(bits) * 8 == 131_072
    assert (bits[0], bits[1], bits[-1], sum(bits)) == (0b1000_0001, 0b1000_0000, 0b1, 258)


def test_every_place_of_a_list_is_given_once():
    # Every 16th of them, which touches each left and each right half many times.
    places = [status.place_of(SECRET, 2020, n) for n in range(0, status.SIZE, 16)]
    assert {name for name, _ in places} == {"2020-1"}
    indexes = {index for _, index in places}
    assert len(indexes) == status.SIZE // 16
    assert (min(indexes) >= 0, max(indexes) < status.SIZE) == (True, True)


def test_places_are_in_no_visible_order_and_the_next_list_has_another():
    first = [status.place_of(SECRET, 2020, n)[1] for n in range(50)]
    assert sorted(first) != first
    assert len({b - a for a, b in pairwise(first)}) > 40
    name, index = status.place_of(SECRET, 2020, status.SIZE)
    assert name == "2020-2"
    assert index != first[0]


def test_numbers_and_codes_tell_nothing_of_one_another():
    number, code = OFFICE.number("f1", 2020), OFFICE.code("f1")
    assert number.startswith("2020-")
    assert number[5:] not in code
    assert OFFICE.code("f2")[:4] != code[:4]
    assert Office("another secret of the tests", OFFICE.public_url).code("f1") != code
