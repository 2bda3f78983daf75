"""What the credential says of each kind of certificate, against our schema and Open Badges' words."""

from __future__ import annotations

import importlib.resources
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from openbadgeslib.ob3 import OB3Verifier

from services.certificates import signing
from services.certificates.domain.credential import credential_of
from services.certificates.domain.pdf_binding import with_pdf
from tests.rules.certificates.test_signing import HOLDER, KEY, OFFICE, SAID, SECRET, pem

SCHEMA = json.loads(
    (Path(signing.__file__).parent / "credential.schema.json").read_text(encoding="utf-8")
)
CHECK = jsonschema_rs.validator_for(SCHEMA)
FULL = replace(
    SAID,
    available="8.0",
    answers_for="The Institute",
    approval="ACEP 1234",
    attended="For 4 of 4 sessions: Monday, 19 October 2020.",
    categories={"ethics": "2.0", "cultural competence": "1.5"},
)
KINDS = {
    "completion": FULL,
    "completion, with nothing that may be left out": replace(SAID, description="", first_day=None),
    "participation": replace(SAID, board=None, unit="hours", attended=FULL.attended),
    "presenter": replace(
        SAID, board=None, kind="presenter", unit="hours", criteria="Presented it."
    ),
}


def claims_of(said: Any) -> dict[str, Any]:
    credential = with_pdf(credential_of(said, HOLDER), OFFICE.file_url("f1", "pdf"), b"%PDF-")
    token = signing.sign(SECRET, KEY, credential)
    assert OB3Verifier(pem()).verify(token).issuer.id == OFFICE.did
    return signing.read(token, [KEY.public]) or {}


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_is_as_our_schema_says_and_openbadgeslib_takes_it(kind):
    CHECK.validate(claims_of(KINDS[kind]))


def words_of_open_badges() -> dict[str, set[str]]:
    """Which properties the context of Open Badges 3.0.3 and of VC 2.0 know, by type."""
    folder = importlib.resources.files("openbadgeslib.ob3") / "contexts"
    known: dict[str, set[str]] = {}
    for name in ("ob-v3p0-context-3.0.3.json", "credentials-v2.json"):
        context = json.loads((folder / name).read_text())["@context"]
        everywhere = {key for key in context if key[0].islower()}
        known[""] = known.get("", set()) | everywhere
        for type_, said in context.items():
            if isinstance(said, dict) and "@context" in said:
                known.setdefault(type_, set()).update(said["@context"] or {})
    return known


def unknown(value: Any, known: dict[str, set[str]], at: str = "") -> list[str]:
    if isinstance(value, list):
        return [odd for one in value for odd in unknown(one, known, at)]
    if not isinstance(value, dict):
        return []
    types = value.get("type", [])
    mine = set().union(
        known[""], *(known.get(t, set()) for t in ([types] if isinstance(types, str) else types))
    )
    odd = [f"{at}/{key}" for key in value if key not in mine and not key.startswith("@")]
    return odd + [
        deep
        for key, one in value.items()
        if key != "@context"
        for deep in unknown(one, known, f"{at}/{key}")
    ]


@pytest.mark.parametrize("kind", KINDS)
def test_no_word_is_ours_alone(kind):
    said = credential_of(KINDS[kind], HOLDER)
    known = words_of_open_badges()
    assert unknown(with_pdf(said, "https://x/y.pdf", b""), known) == []
    assert unknown({**said, "madeUp": 1}, known) == ["/madeUp"], "the check can fail"


def test_hours_stand_with_their_unit_and_categories():
    subject = credential_of(FULL, HOLDER)["credentialSubject"]
    achievement = subject["achievement"]
    names = {one["id"]: one["name"] for one in achievement["resultDescription"]}
    assert [(names[one["resultDescription"]], one["value"]) for one in subject["result"]] == [
        ("Credit, in clock hours", "8.0"),
        ("Of these in cultural competence, in clock hours", "1.5"),
        ("Of these in ethics, in clock hours", "2.0"),
    ]
    assert (subject["creditsEarned"], achievement["creditsAvailable"]) == (8.0, 8.0)


def test_who_answers_for_the_credit_is_its_source():
    subject = credential_of(FULL, HOLDER)["credentialSubject"]
    assert subject["source"]["name"] == "The Institute"
    assert "source" not in credential_of(SAID, HOLDER)["credentialSubject"]


@pytest.mark.parametrize(
    ("kind", "role", "hours"),
    [
        ("participation", "Participant", "Hours attended, in hours"),
        ("presenter", "Presenter", "Hours presented, in hours"),
    ],
)
def test_where_no_board_gives_credit_there_are_hours_and_none(kind, role, hours):
    said = credential_of(KINDS[kind], HOLDER)
    subject = said["credentialSubject"]
    assert (subject["role"], said["name"]) == (role, f"{SAID.title}: {kind}, no CE credit")
    assert "creditsEarned" not in subject
    assert "creditsAvailable" not in subject["achievement"]
    assert subject["achievement"]["resultDescription"][0]["name"] == hours


@pytest.mark.parametrize(
    ("path", "junk"),
    [
        ("nbf", "1604964000"),
        ("iss", "https://certs.example"),
        ("jti", "0192a0b0"),
        ("credentialStatus/statusListIndex", 77),
        ("credentialSubject/identifier", []),
        ("credentialSubject/name", "Ann Lee"),
        ("credentialSubject/licenseNumber", "37PC1"),
        ("relatedResource", []),
        ("validFrom", "2020-11-09"),
        ("type", ["VerifiableCredential"]),
    ],
)
def test_the_schema_refuses(path, junk):
    claims = claims_of(FULL)
    *way, last = path.split("/")
    place: Any = claims
    for step in way:
        place = place[step]
    place[last] = junk
    assert not CHECK.is_valid(claims)
