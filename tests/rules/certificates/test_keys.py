"""Which id a new key gets, when it has served, and what a leak makes doubtful."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from services.certificates import signing
from services.certificates.domain.keys import doubtful, earliest, next_id, rotates_at

MAY, JUNE = datetime(2021, 5, 1, tzinfo=UTC), datetime(2021, 6, 1, tzinfo=UTC)
DID = "did:web:certs.example"


@pytest.mark.parametrize(
    ("known", "comes"),
    [
        ([], "#2021-1"),
        (["#2021-1"], "#2021-2"),
        (["#2021-2", "#2020-9"], "#2021-1"),
        ([f"#2021-{n}" for n in range(1, 11)], "#2021-11"),
    ],
)
def test_a_new_key_gets_the_first_number_of_its_year_that_is_free(known, comes):
    assert next_id(DID, 2021, {DID + one for one in known}) == DID + comes


def test_a_key_serves_so_many_days_or_until_somebody_says_so():
    assert rotates_at(MAY, 31) == JUNE
    assert rotates_at(MAY, 0) is None


@pytest.mark.parametrize(
    ("known", "said", "holds"),
    [(None, None, None), (None, MAY, MAY), (MAY, None, MAY), (JUNE, MAY, MAY), (MAY, JUNE, MAY)],
)
def test_a_leak_is_only_ever_moved_back(known, said, holds):
    assert earliest(known, said) == holds


def test_what_was_signed_from_the_leak_on_is_doubtful():
    assert doubtful(JUNE, MAY)
    assert doubtful(MAY, MAY)
    assert not doubtful(MAY, JUNE)
    assert not doubtful(MAY, None)


def test_a_key_that_leaked_is_still_listed_and_says_so():
    old, new = {"kid": f"{DID}#2021-1", "kty": "EC"}, {"kid": f"{DID}#2021-2", "kty": "EC"}
    leaks = {old["kid"]: "2021-05-01T00:00:00Z"}
    said = signing.did_document(DID, [new, old], leaks)
    assert [one.get("revoked") for one in said["verificationMethod"]] == [
        None,
        "2021-05-01T00:00:00Z",
    ]
    assert said["assertionMethod"] == [new["kid"]], "who ignores `revoked` does not trust it"
    assert signing.key_set([new, old], leaks) == {
        "keys": [
            new,
            old | {"revoked": {"revoked_at": "2021-05-01T00:00:00Z", "reason": "compromised"}},
        ]
    }
