"""The audit finds what was lost, doubled or made up: each by itself, and nothing where all is well."""

from dataclasses import replace
from typing import Any

import pytest

from tests.chaos.audit import Facts, findings
from tests.chaos.ledger import Entry, Ledger
from tests.chaos.people import LONG, SHORT

ADA = Entry(
    *("ada", LONG, "ada@example.org", "t", "confirmed"),
    checkout="http://door/paysim/pay/co_ada",
    paid=True,
    cancelled=True,
)
BEN = Entry(
    *("ben", SHORT, "ben@example.org", "t", "confirmed"),
    checkout="http://door/paysim/pay/co_ben",
    paid=True,
    present=True,
    evaluated=True,
)
CAL = Entry("cal", LONG, "cal@example.org", "t", "requested")
DEE = Entry(
    *("dee", LONG, "dee@example.org", "t", "requested"),
    checkout="http://door/paysim/pay/co_dee",
    paid=True,
)


def registration(name: str, state: str) -> dict[str, str]:
    return {"registration_id": name, "state": state, "email": f"{name}@example.org"}


def payment(name: str, number: int = 1) -> dict[str, str]:
    return {"id": f"pay_{name}{number}", "checkout_id": f"co_{name}", "status": "succeeded"}


def message(who: str, template: str, state: str = "sent", **more: Any) -> dict[str, Any]:
    about = {"registration_id": who, "template": template, "state": state, "reason": ""}
    return about | {"message_id": f"{who}-{template}", "resends": 0} | more


MESSAGES = [
    message("ada", "receipt"),
    message("ada", "cancellation_settled"),
    message("ada", "refund_settled"),
    message("ada", "registration_confirmed", state="cancelled"),
    message("ben", "receipt"),
    message("ben", "certificate_ready", resends=1),
    message("cal", "registration_received", state="skipped"),
    message("dee", "receipt"),
    message("dee", "registration_received"),
    message("dee", "registration_confirmed"),
]
MAILS = [one["message_id"] for one in MESSAGES if one["state"] == "sent"]
REFUND = {"payment_id": "pay_ada1", "amount": 16900, "status": "succeeded"}
CERTIFICATE = {"registration_id": "ben", "board": "NBCC", "status": "valid"}
FACTS = Facts(
    registrations=[
        registration("ada", "cancelled"),
        registration("ben", "completed"),
        registration("cal", "expired"),
        registration("dee", "confirmed"),
    ],
    settlements=[{"registration_id": "ada", "outcome": "refund"}],
    payments=[payment("ada"), payment("ben"), payment("dee")],
    refunds=[REFUND],
    received={"ada": 19900, "ben": 19900, "dee": 19900},
    observations=["in", "out"],
    evaluations=1,
    evaluated=["ben"],
    certificates=[CERTIFICATE],
    mails=[*MAILS, "ben-certificate_ready"],  # once more, as somebody asked
    messages=MESSAGES,
)


def found(facts: Facts, *entries: Entry) -> list[tuple[str, str]]:
    ledger = Ledger({one.registration_id: one for one in entries or (ADA, BEN, CAL, DEE)})
    ledger.observations = {"in", "out"}
    return sorted((one.kind, one.about) for one in findings(ledger, facts))


def test_where_all_is_as_it_was_told_nothing_is_found() -> None:
    assert found(FACTS) == []


@pytest.mark.parametrize(
    ("changes", "wanted"),
    [
        # registrations
        ({"registrations": [*FACTS.registrations[:2], FACTS.registrations[3]]}, [("lost", "cal")]),
        (
            {"registrations": [*FACTS.registrations, registration("cal", "held") | {"registration_id": "cal2"}]},
            [("doubled", "cal2"), ("doubled", "cal@example.org")],
        ),
        # payments
        ({"received": {"ada": 19900, "dee": 19900}}, [("lost", "ben")]),
        ({"payments": [payment("ada"), payment("dee")]}, [("lost", "ben")]),
        ({"payments": [*FACTS.payments, payment("ben", 2)]}, [("doubled", "ben")]),
        ({"received": FACTS.received | {"ben": 39800}}, [("doubled", "ben")]),
        ({"payments": [*FACTS.payments, payment("dan")]}, [("wrong", "co_dan")]),
        # cancellations and refunds
        ({"settlements": [{"registration_id": "ada", "outcome": "credit"}]}, [("wrong", "ada")]),
        ({"refunds": [REFUND, REFUND]}, [("doubled", "ada"), ("wrong", "ada")]),
        ({"refunds": []}, [("lost", "ada")]),
        ({"refunds": [REFUND | {"status": "failed"}]}, [("lost", "ada")]),
        ({"refunds": [REFUND | {"amount": 19900}]}, [("wrong", "ada")]),
        ({"refunds": [REFUND, REFUND | {"payment_id": "pay_ben1"}]}, [("wrong", "ben")]),
        # evidence, evaluations, certificates
        ({"observations": ["in"]}, [("lost", "out")]),
        ({"observations": ["in", "in", "out"]}, [("doubled", "in")]),
        ({"evaluations": 0}, [("lost", "evaluations")]),
        ({"evaluations": 2}, [("doubled", "evaluations")]),
        ({"evaluated": []}, [("lost", "ben")]),
        ({"evaluated": ["ben", "cal"]}, [("doubled", "cal")]),
        ({"evaluated": ["cal"]}, [("doubled", "cal"), ("lost", "ben")]),  # as many as there were
        ({"certificates": []}, [("lost", "ben")]),
        ({"certificates": [CERTIFICATE, CERTIFICATE]}, [("doubled", "ben")]),
        (
            {"certificates": [CERTIFICATE, CERTIFICATE | {"registration_id": "cal"}]},
            [("wrong", "cal")],
        ),
        # mails: one more than anybody asked for
        ({"mails": [*MAILS, "dee-receipt"]}, [("doubled", "dee-receipt")]),
        ({"mails": [*MAILS, *["ben-certificate_ready"] * 2]}, [("doubled", "ben-certificate_ready")]),
        # mails: what each was owed by what they were told
        *[
            ({"mails": [one for one in MAILS if one != lost]}, [("lost", lost[:3])])
            for lost in MAILS
        ],
        *[
            ({"messages": [one for one in MESSAGES if one["message_id"] != f"dee-{template}"],
              "mails": [one for one in MAILS if one != f"dee-{template}"]}, [("lost", "dee")])
            for template in ("receipt", "registration_received", "registration_confirmed")
        ],
    ],
)  # fmt: skip
def test_each_wrong_is_found_by_itself(
    changes: dict[str, Any], wanted: list[tuple[str, str]]
) -> None:
    assert found(replace(FACTS, **changes)) == wanted


@pytest.mark.parametrize(
    ("name", "state", "wanted"),
    [
        ("ada", "confirmed", [("lost", "ada")]),
        ("ben", "confirmed", [("lost", "ben")]),  # was there, and is not completed
        ("ben", "expired", [("lost", "ben"), ("wrong", "ben")]),
    ],
)
def test_a_state_that_nobody_was_told_of_is_found(
    name: str, state: str, wanted: list[tuple[str, str]]
) -> None:
    others = [row for row in FACTS.registrations if row["registration_id"] != name]
    assert found(replace(FACTS, registrations=[*others, registration(name, state)])) == wanted


def test_who_cancelled_before_their_seat_was_theirs_may_get_all_of_it() -> None:
    all_of_it = replace(
        FACTS,
        settlements=[{"registration_id": "ada", "outcome": "nothing"}],
        refunds=[REFUND | {"amount": 19900}],
    )
    assert found(all_of_it) == [("wrong", "ada")]
    assert found(all_of_it, replace(ADA, status="requested"), BEN, CAL, DEE) == []
    assert found(FACTS, replace(ADA, status="requested"), BEN, CAL, DEE) == []


def test_two_who_are_given_one_registration_are_noticed_at_once() -> None:
    ledger = Ledger()
    ledger.keep(ADA)
    ledger.keep(replace(ADA))
    with pytest.raises(AssertionError, match="was given the registration of ada"):
        ledger.keep(replace(ADA, email="eve@example.org"))


def test_what_was_never_answered_is_a_finding() -> None:
    ledger = Ledger({"ada": ADA, "ben": BEN, "cal": CAL, "dee": DEE}, {"in", "out"})
    ledger.unanswered.append("POST /x: 503")
    assert [one.detail for one in findings(ledger, FACTS)] == ["POST /x: 503"]


@pytest.mark.parametrize(
    ("reason", "wanted"),
    [
        ("unknown", []),
        ("gave-up", []),
        ("defect", [("lost", "dee")]),
        ("refused", [("lost", "dee")]),
    ],
)
def test_a_mail_that_a_human_is_asked_about_is_not_lost(
    reason: str, wanted: list[tuple[str, str]]
) -> None:
    failed = message("dee", "receipt", "failed", reason=reason)
    others = [one for one in MESSAGES if one["message_id"] != failed["message_id"]]
    mails = [one for one in MAILS if one != failed["message_id"]]
    assert found(replace(FACTS, messages=[*others, failed], mails=mails)) == wanted


def test_who_cancelled_before_their_seat_was_theirs_is_owed_word_of_that_alone() -> None:
    early = replace(ADA, status="requested")
    settled = [one for one in MAILS if one not in {"ada-receipt", "ada-refund_settled"}]
    assert found(replace(FACTS, mails=settled), early, BEN, CAL, DEE) == []
    none = [one for one in settled if not one.startswith("ada")]
    assert found(replace(FACTS, mails=none), early, BEN, CAL, DEE) == [("lost", "ada")]


def test_an_error_of_ours_is_a_finding_and_one_of_the_gateways_page_is_none() -> None:
    ledger = Ledger({"ada": ADA, "ben": BEN, "cal": CAL, "dee": DEE}, {"in", "out"})
    for why in ("503", "ConnectError", "500 http://door/paysim/pay/co_ada: told to err"):
        ledger.missed(why)
    assert findings(ledger, FACTS) == []
    for _ in range(2):
        ledger.missed("500 cancel: InterfaceError")
    [one] = findings(ledger, FACTS)
    assert (one.kind, one.detail) == ("wrong", "2 times 500 cancel: InterfaceError")
