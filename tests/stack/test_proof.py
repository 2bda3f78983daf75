"""A certificate checked by itself: what is good passes, what is forged does not, in two verifiers.

The other one is openbadgeslib's: what it refuses of these, we do, and the other way round.
"""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openbadgeslib.ob3 import OB3VerificationError, OB3Verifier

from cli import proof
from cli.proof import Unsure
from cli.signed import Doubtful, Refused, issuer_of, keys_of, opened
from cli.trust import did_address
from services.certificates import signing
from tests.stack.forged import (
    DID,
    FORGED,
    KEY,
    KID,
    LIST,
    OTHER,
    PDF,
    PLACE,
    claims,
    did_json,
    listed,
    public,
    signed,
    unsigned,
)

NOW = datetime(2020, 11, 11, tzinfo=UTC)
KEYS = keys_of(did_json(), DID)


def checked(token: str, now: datetime = NOW) -> dict:
    known = keys_of(did_json(), issuer_of(token))
    said = opened(token, known, now)
    proof.check_badge(said)
    return said


def test_a_good_one_passes_in_every_verifier():
    token = signed(claims())
    assert checked(token)["credentialSubject"]["creditsEarned"] == 8.0
    assert signing.read(token, [public()]) == claims()
    assert OB3Verifier(KEY.as_pem(private=False)).verify(token).issuer.id == DID


@pytest.mark.parametrize("kind", FORGED)
def test_a_forged_one_is_refused(kind):
    with pytest.raises(Refused):
        checked(FORGED[kind])


# They are right by their signature; that they are none of ours is for who knows whose key it is.
WHOSE = {"a key id we do not have", "a key id of another issuer"}


@pytest.mark.parametrize("kind", sorted(FORGED.keys() - WHOSE))
def test_openbadgeslib_refuses_it_too(kind):
    with pytest.raises(OB3VerificationError):
        OB3Verifier(KEY.as_pem(private=False)).verify(FORGED[kind])


# Signed with our key, so that whoever asks us is told by what we know of that certificate.
OURS = {
    "another issuer by our key",
    "iss of another issuer",
    "expired",
    "not valid yet",
    "no badge",
}


@pytest.mark.parametrize("kind", sorted(FORGED.keys() - OURS))
def test_the_service_reads_none_of_them_either(kind):
    assert signing.read(FORGED[kind], [public()]) is None


TOKEN = signed(claims())


@given(
    at=st.integers(0, len(TOKEN) - 1),
    letter=st.sampled_from("ABCXYZabcxyz019-_.=%é\x00 "),
    insert=st.booleans(),
)
def test_wherever_it_is_bent_it_is_refused_or_says_the_same(at, letter, insert):
    """The same: the last letter of a part has bits that stand for nothing."""
    bent = TOKEN[:at] + letter + TOKEN[at + (0 if insert else 1) :]
    try:
        said = checked(bent)
    except Refused:
        return
    assert said == claims()


@pytest.mark.parametrize(
    "junk", ["", ".", "a.b.c", "é.é.é", "e30.e30.e30", "W10.e30.", "bnVsbA..", "\x00"]
)
def test_junk_is_no_credential(junk):
    with pytest.raises(Refused):
        issuer_of(junk)


def test_what_is_not_by_https_names_no_issuer():
    for kid in ("did:key:z6Mk#1", "https://certs.example/keys#1", "", 7, None, ["did:web:x#1"]):
        with pytest.raises(Refused):
            issuer_of(unsigned(claims(), alg="ES256", kid=kid))


@pytest.mark.parametrize("name", ["validFrom", "jti", "credentialSubject", "@context", "type"])
def test_what_leaves_out_a_part_is_refused(name):
    with pytest.raises(Refused):
        checked(signed(claims(**{name: ...})))


@pytest.mark.parametrize("said", [[], "text", 7, None, {"validFrom": 3}, {"issuer": []}])
def test_what_we_signed_that_is_no_credential_is_refused(said):
    with pytest.raises(Refused):
        checked(signed(said))


def test_dates_may_be_off_by_a_minute_and_no_more():
    start = datetime(2020, 11, 9, 23, 20, tzinfo=UTC)
    assert checked(signed(claims()), start - timedelta(seconds=60))
    with pytest.raises(Refused, match="not valid before"):
        checked(signed(claims()), start - timedelta(seconds=61))
    with pytest.raises(Refused, match="contradicts itself"):
        checked(signed(claims(nbf=1604964001)))


def test_keys_are_those_of_the_issuer_and_meant_for_it():
    other = did_json() | {"id": "did:web:evil.example"}
    with pytest.raises(Refused, match=r"evil\.example"):
        keys_of(other, DID)
    assert keys_of(did_json() | {"assertionMethod": []}, DID).keys == {}
    foreign = did_json(controller="did:web:evil.example")
    assert keys_of(foreign, DID).keys == {}
    jwks = {"keys": [public(), public(OTHER, "did:web:evil.example#1"), "junk", {}]}
    assert list(keys_of(jwks, DID).keys) == [KID]
    for junk in ([], {}, {"keys": 3}, None, {"verificationMethod": {}}):
        with pytest.raises(Refused):
            keys_of(junk, DID)


def test_a_key_that_leaked_makes_everything_it_signed_doubtful_offline():
    leaked = {"revoked_at": "2020-11-10T00:00:00Z"}
    for document in (
        did_json(revoked="2020-11-10T00:00:00Z"),
        did_json(revoked="2020-11-10T00:00:00Z") | {"assertionMethod": []},
        {"keys": [public() | {"revoked": leaked}]},
    ):
        with pytest.raises(Doubtful, match="since 2020-11-10"):
            opened(signed(claims()), keys_of(document, DID), NOW)


def test_a_pdf_is_the_one_it_was_made_with_or_another():
    assert proof.binds(claims(), hashlib.sha256(PDF).digest())
    assert not proof.binds(claims(), hashlib.sha256(PDF + b" ").digest())
    for junk in (..., [], [3], [{"digestSRI": "md5-x"}], [{"digestSRI": "sha256-###"}]):
        assert not proof.binds(claims(relatedResource=junk), hashlib.sha256(PDF).digest())


# --- the list ------------------------------------------------------------------------------------


def ended(token: str, now: datetime = NOW) -> bool:
    return proof.is_ended(token, LIST, PLACE, KEYS, now)


def test_a_list_says_of_each_place_whether_it_ended():
    assert ended(signed(listed(PLACE)))
    assert not ended(signed(listed(PLACE - 1, PLACE + 1)))
    assert proof.is_ended(signed(listed(0)), LIST, 0, KEYS, NOW)
    assert proof.is_ended(signed(listed(131_071)), LIST, 131_071, KEYS, NOW)


BAD_LISTS = {
    "old": signed(listed(validUntil="2020-11-10T23:00:00Z")),
    "by another key": signed(listed(), OTHER),
    "of another issuer": signed(listed(issuer="did:web:evil.example")),
    "of another key id": signed(listed(), kid="did:web:evil.example#1"),
    "another list": signed(listed(id=f"{LIST}1")),
    "another purpose": signed(listed(credentialSubject={"statusPurpose": "suspension"})),
    "a certificate": signed(claims()),
    "too few places": signed(listed(bits=1024)),
    "spoilt": signed(
        listed(credentialSubject={"statusPurpose": "revocation", "encodedList": "uAAAA"})
    ),
    "not packed": signed(listed(credentialSubject={"statusPurpose": "revocation"})),
    "no token": "",
}


@pytest.mark.parametrize("kind", BAD_LISTS)
def test_a_list_that_cannot_be_believed_leaves_it_open(kind):
    with pytest.raises(Unsure):
        ended(BAD_LISTS[kind])


def test_a_list_that_unpacks_without_end_is_cut_off():
    huge = signed(listed(PLACE, bits=2**28))
    assert len(huge) < 2_000_000
    with pytest.raises(Unsure):
        proof.is_ended(huge, LIST, 2**27, KEYS, NOW)


@pytest.mark.parametrize(
    "entry",
    [..., None, [], {}, {"statusListCredential": LIST, "statusListIndex": "-1"}, "x"],
)
def test_a_certificate_that_names_no_list_leaves_it_open(entry):
    with pytest.raises(Unsure):
        proof.list_address(claims(credentialStatus=entry))


# --- where keys are --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("did", "address"),
    [
        ("did:web:certs.example", "https://certs.example/.well-known/did.json"),
        ("did:web:certs.example%3A8443", "https://certs.example:8443/.well-known/did.json"),
        ("did:web:example.org:boards:ce", "https://example.org/boards/ce/did.json"),
        ("did:web:127.0.0.1%3A8080", "http://127.0.0.1:8080/.well-known/did.json"),
    ],
)
def test_an_issuers_keys_are_where_did_web_says(did, address):
    assert did_address(did) == address


@pytest.mark.parametrize(
    "did",
    [
        "did:web:",
        "did:web:a%2Fb",
        "did:web:a:..:b",
        "did:web:u%40a",
        "did:key:z",
        "x",
        "did:web:a::b",
    ],
)
def test_no_address_is_made_of_what_is_no_name(did):
    with pytest.raises(Refused):
        did_address(did)
