"""What each role may do at the console."""

import pytest

from services.web.domain.roles import may, roles_of

ACTS = ("read", "people", "run", "money", "system")


@pytest.mark.parametrize(
    ("roles", "allowed"),
    [
        (["viewer"], ["read"]),
        (["coordinator"], ["read", "people", "run"]),
        (["finance"], ["read", "people", "money"]),
        (["admin"], list(ACTS)),
        (["coordinator", "finance"], ["read", "people", "run", "money"]),
        ([], []),
        (["superuser"], []),
    ],
)
def test_who_may_what(roles, allowed):
    assert [act for act in ACTS if may(roles, act)] == allowed


@pytest.mark.parametrize(
    ("claimed", "roles"),
    [
        ("finance", ("finance",)),
        (["admin", "viewer"], ("viewer", "admin")),
        (["training-team"], ("coordinator",)),
        (["training-team", "unknown", 7, None], ("coordinator",)),
        (None, ()),
        ({"admin": True}, ()),
        (["Admin"], ()),
    ],
)
def test_roles_come_from_a_claim_by_their_names_or_by_groups(claimed, roles):
    assert roles_of(claimed, {"training-team": "coordinator"}) == roles
