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


def standing(
    monkeypatch: pytest.MonkeyPatch, *pages: list[Any], looks: int = 2, error: str | None = None
) -> list[str]:
    """A stack whose comparison is through at the so-maniest look; gives what was asked of it."""
    asked: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(f"{request.method} {request.url.path}")
        if request.method == "POST":
            return httpx.Response(202, json={"run_id": "r1"})
        if request.url.path.endswith("/runs/r1"):
            done = sum("runs" in one for one in asked) >= looks
            run = {"run_id": "r1", "movements": 3, "looked_up": 1, "findings": 0, "error": error}
            return httpx.Response(200, json=run | {"finished_at": "now" if done else None})
        at = int(request.url.params.get("after", "0"))
        following = str(at + 1) if at + 1 < len(pages) else None
        return httpx.Response(200, json={"findings": pages[at], "next": following})

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
