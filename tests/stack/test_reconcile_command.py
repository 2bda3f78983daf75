"""`bin/holdfast reconcile`: it waits, tells what does not agree, and ends with what that means."""

import json
from typing import Any

import httpx
import pytest
import typer

from cli import reconcile
from cli.say import AWAY, REFUSED, Ends
from tests.stack.test_command_line import door

FINDING = {
    "finding_id": "f1",
    "kind": "payment-unknown-there",
    "about": "pay_1",
    "amount": {"amount": 19900, "currency": "USD"},
    "cause": None,
    "next_step": "Look for it.",
    "since": "2020-09-15T07:00:00Z",
}

LAST = {
    "day": "2020-09-15",
    "run_id": "r1",
    "finished_at": "2020-09-15T07:00:09Z",
    "error": None,
    "failed_since": None,
}


def standing(
    monkeypatch: pytest.MonkeyPatch,
    *pages: list[Any],
    looks: int = 2,
    error: str | None = None,
    findings: int = 0,
    last: dict[str, Any] | None = None,
) -> list[str]:
    """A stack whose comparison is through at the so-maniest look; gives what was asked of it."""
    asked: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(f"{request.method} {request.url.path}")
        if request.method == "POST":
            return httpx.Response(202, json={"run_id": "r1"})
        if request.url.path.endswith("/runs/r1"):
            done = sum("runs" in one for one in asked) >= looks
            run = {"run_id": "r1", "movements": 3, "looked_up": 1, "findings": findings}
            run |= {"error": error}
            return httpx.Response(200, json=run | {"finished_at": "now" if done else None})
        at = int(request.url.params.get("after", "0"))
        following = str(at + 1) if at + 1 < len(pages) else None
        page = LAST | (last or {}) | {"findings": pages[at], "next": following}
        return httpx.Response(200, json=page)

    monkeypatch.setattr(reconcile, "here", lambda: door(answer))
    monkeypatch.setattr(reconcile, "_PAUSE", 0.0)
    return asked


def test_where_all_agrees_it_says_so(monkeypatch, capsys):
    asked = standing(monkeypatch, [])
    reconcile.reconcile()
    assert sum("runs" in one for one in asked) == 2
    told = capsys.readouterr().out
    assert "3 new movements at the gateways, 1 looked up there." in told
    assert "All agrees" in told


def test_a_finding_ends_it_with_1(monkeypatch, capsys):
    standing(monkeypatch, [FINDING], [FINDING | {"about": "pay_2", "amount": None}])
    with pytest.raises(typer.Exit) as why:
        reconcile.reconcile()
    assert why.value.exit_code == REFUSED == 1
    told = capsys.readouterr().out
    assert "pay_1" in told
    assert "pay_2" in told
    assert "2 findings" in told


def test_json_is_all_there_is(monkeypatch, capsys):
    standing(monkeypatch, [FINDING])
    with pytest.raises(typer.Exit):
        reconcile.reconcile(as_json=True)
    told = json.loads(capsys.readouterr().out)
    assert told["findings"] == [FINDING]
    assert told["run"]["run_id"] == "r1"


def test_the_last_one_is_shown_without_another(monkeypatch):
    asked = standing(monkeypatch, [])
    reconcile.reconcile(last=True)
    assert asked == ["GET /billing/v1/reconciliation"]


def test_the_last_one_says_of_when_it_is(monkeypatch, capsys):
    standing(monkeypatch, [])
    reconcile.reconcile(last=True)
    told = capsys.readouterr().out
    assert "Compared on 2020-09-15, through at 2020-09-15T07:00:09Z." in told
    assert "All agrees" in told


@pytest.mark.parametrize(
    ("last", "said"),
    [
        ({"run_id": None, "day": None, "finished_at": None}, "Nothing was ever compared."),
        (
            {"run_id": None, "failed_since": "2020-09-15T07:04:00Z"},
            "the last try, at 2020-09-15T07:04:00Z, failed",
        ),
        ({"failed_since": "2020-09-16T07:04:00Z"}, "A later one, ended at 2020-09-16T07:04:00Z"),
        ({"error": "gateway-away-in-part"}, "A gateway did not report"),
        ({"error": "look-ups-open"}, "The gateways have not answered yet"),
    ],
)
def test_what_was_not_compared_is_not_said_to_agree(monkeypatch, capsys, last, said):
    standing(monkeypatch, [], last=last)
    with pytest.raises(Ends) as why:
        reconcile.reconcile(last=True)
    assert why.value.code == AWAY == 3
    assert said in why.value.message
    assert "All agrees" not in capsys.readouterr().out


def test_what_is_still_looked_up_ends_it_with_3(monkeypatch, capsys):
    standing(monkeypatch, [], error="look-ups-open", last={"error": "look-ups-open"})
    with pytest.raises(Ends) as why:
        reconcile.reconcile()
    assert why.value.code == AWAY
    assert "All agrees" not in capsys.readouterr().out


@pytest.mark.parametrize(
    ("last", "said"),
    [
        ({"failed_since": "2020-09-16T07:04:00Z"}, "A later one, ended at 2020-09-16T07:04:00Z"),
        ({"error": "gateway-away-in-part"}, "A gateway did not report"),
        ({"error": "look-ups-open"}, "The gateways have not answered yet"),
    ],
)
def test_of_what_findings_are_is_said_before_them(monkeypatch, capsys, last, said):
    standing(monkeypatch, [FINDING], last=last)
    with pytest.raises(typer.Exit) as why:
        reconcile.reconcile(last=True)
    assert why.value.exit_code == 1
    told = capsys.readouterr().out
    assert 0 < told.find(said) < told.find("pay_1")


def test_what_it_found_and_another_one_settled_meanwhile_still_ends_it_with_1(monkeypatch, capsys):
    standing(monkeypatch, [], findings=1)
    with pytest.raises(typer.Exit) as why:
        reconcile.reconcile()
    assert why.value.exit_code == 1
    assert "All agrees" not in capsys.readouterr().out


def test_a_gateway_that_is_away_ends_it_with_3(monkeypatch):
    standing(monkeypatch, [], error="gateway-away")
    with pytest.raises(Ends) as why:
        reconcile.reconcile()
    assert why.value.code == AWAY == 3


def test_it_does_not_wait_for_ever(monkeypatch):
    standing(monkeypatch, [], looks=10**9)
    with pytest.raises(Ends) as why:
        reconcile.reconcile(wait=0.0)
    assert why.value.code == AWAY
    assert "--last" in why.value.remedy
