"""`holdfast quote`: of a course, or under a policy in a file; what is asked, and how it is told."""

import json
from pathlib import Path
from typing import Any

import httpx
import pytest
from typer.testing import CliRunner

from cli import quote
from cli.main import app
from cli.say import Ends
from shared.contracts import reference
from tests.stack.test_command_line import door

AT = "2020-10-06T03:59:00Z"
COURSE = {
    "policy": {"document": reference.POLICY},
    "kind": "online_course",
    "price": {"amount": 19900, "currency": "USD"},
    "sessions": [{"starts_at": "2020-10-19T20:00:00Z"}],
}
USD = {"currency": "USD"}
TOLD = {
    "outcome": "refund",
    "fee": {"amount": 3000, **USD},
    "refunds": [{"tender": "card", "amount": {"amount": 12000, **USD}}],
    "restored": [{"amount": {"amount": 4900, **USD}, "expires_on": "2021-03-31"}],
    "credit": None,
    "trace": [{"rule": "fee", "because": "Fee: 30.00 USD."}],
}


class Asked:
    """A front door that keeps what it was asked to quote."""

    def __init__(self, status: int = 200, answer: Any = None) -> None:
        self.body: Any = None
        self.answer = httpx.Response(status, json=TOLD if answer is None else answer)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if request.method == "GET":
            return httpx.Response(200, json=COURSE)
        assert request.url.path == "/billing/v1/quotes"
        self.body = json.loads(request.content)
        return self.answer


def run(monkeypatch: Any, asked: Asked, *words: str) -> Any:
    monkeypatch.setattr(quote, "here", lambda: door(asked))
    return CliRunner().invoke(app, ["quote", "--at", AT, *words])


def card(amount: int, currency: str = "USD") -> dict[str, Any]:
    return {"tender": "card", "amount": amount, "currency": currency}


def credit(amount: int, until: str | None) -> dict[str, Any]:
    return {"tender": "credit", "amount": amount, **USD, "credit_expires_on": until}


@pytest.mark.parametrize(
    ("words", "paid"),
    [
        ([], [card(19900)]),
        (["--paid", "25.00"], [card(2500)]),
        (["--paid", "0"], [card(0)]),
        # What is not paid by credit is by card, up to the price.
        (["--credit", "79.00@2021-03-31"], [card(12000), credit(7900, "2021-03-31")]),
        (["--credit", "199.00"], [credit(19900, None)]),
        (["--credit", "250.00"], [credit(25000, None)]),
        (
            ["--credit", "79.00@2021-03-31", "--credit", "20.00@2021-01-31", "--paid", "100"],
            [card(10000), credit(7900, "2021-03-31"), credit(2000, "2021-01-31")],
        ),
    ],
)
def test_what_was_paid_is_said_part_by_part(monkeypatch, words, paid):
    asked = Asked()
    done = run(monkeypatch, asked, "--course", "c", *words)
    assert done.exit_code == 0, done.output
    assert asked.body == {
        "policy": reference.POLICY,
        "kind": "online_course",
        "starts_at": "2020-10-19T20:00:00Z",
        "paid": paid,
        "requested_at": AT,
        "cancelled_by": "learner",
    }


def test_the_answer_is_told_line_by_line(monkeypatch):
    done = run(monkeypatch, Asked(), "--course", "c", "--credit", "79.00@2021-03-31")
    assert done.stdout.splitlines() == [
        "  refund",
        "    back to card  $120.00",
        "    back to its credit  $49.00, until 2021-03-31",
        "    fee  $30.00",
        "    fee: Fee: 30.00 USD.",
    ]
    as_json = run(monkeypatch, Asked(), "--course", "c", "--json")
    assert json.loads(as_json.stdout) == TOLD


@pytest.mark.parametrize("whole", [False, True])
@pytest.mark.parametrize("suffix", [".json", ".yaml"])
def test_a_policy_in_a_file_needs_no_course(monkeypatch, tmp_path: Path, whole: bool, suffix: str):
    file = tmp_path / f"policy{suffix}"
    document = {"id": "c", "refund_policy": reference.POLICY} if whole else reference.POLICY
    file.write_text(json.dumps(document))
    asked = Asked()
    words = [
        "--kind",
        "two_day_workshop",
        "--starts",
        "2020-10-19T16:00:00-04:00",
        "--paid",
        "19900",
    ]
    done = run(monkeypatch, asked, "--policy", str(file), "--currency", "JPY", *words)
    assert done.exit_code == 0, done.output
    assert asked.body == {
        "policy": reference.POLICY,
        "kind": "two_day_workshop",
        "starts_at": "2020-10-19T20:00:00Z",
        "paid": [card(19900, "JPY")],
        "requested_at": AT,
        "cancelled_by": "learner",
    }


def test_a_hole_is_a_refusal_by_a_rule(monkeypatch, tmp_path: Path):
    file = tmp_path / "policy.yaml"
    file.write_text(json.dumps(reference.POLICY))
    hole = Asked(422, {"title": "Policy undefined", "detail": "It names no fee for that kind."})
    words = ["--kind", "three_day_workshop", "--starts", "2020-10-19T20:00:00Z"]
    ended = run(monkeypatch, hole, "--policy", str(file), *words).exception
    assert isinstance(ended, Ends)
    assert (ended.code, ended.message) == (1, "Policy undefined: It names no fee for that kind.")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ([], "Say either --course, or --policy with --kind and --starts."),
        (["--course", "c", "--policy", "FILE"], "Say either --course, or --policy with --kind"),
        (["--policy", "FILE", "--kind", "k"], "With --policy also say --kind and --starts."),
        (["--policy", "FILE", "--starts", AT], "With --policy also say --kind and --starts."),
        (["--policy", "/nowhere.yaml", "--kind", "k", "--starts", AT], "/nowhere.yaml cannot be"),
        (["--policy", "LIST", "--kind", "k", "--starts", AT], "LIST is no policy."),
        (["--policy", "JUNK", "--kind", "k", "--starts", AT], "JUNK is no policy: "),
        (["--policy", "FILE", "--kind", "k", "--starts", "soon"], "--starts soon is not an"),
        (["--course", "c", "--credit", "79.001"], "--credit 79.001: "),
        (["--course", "c", "--credit", "79.00@soon"], "--credit 79.00@soon: "),
        (["--course", "c", "--credit", "79.00@2021-02-30"], "--credit 79.00@2021-02-30: "),
        (["--course", "c", "--paid", "1.999"], "--paid 1.999: "),
    ],
)
def test_a_slip_is_told_by_the_option_it_was_made_at(
    monkeypatch, tmp_path: Path, words: list[str], told: str
):
    files = {"FILE": json.dumps(reference.POLICY), "LIST": "[]", "JUNK": "{\n- a: ]"}
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    typed = [str(tmp_path / word) if word in files else word for word in words]
    ended = run(monkeypatch, Asked(), *typed).exception
    assert isinstance(ended, Ends), ended
    assert ended.code == 2
    assert ended.message.replace(f"{tmp_path}/", "").startswith(told)
