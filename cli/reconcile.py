"""`reconcile`: what the gateways report is compared with the books, now."""

import time
from collections.abc import Iterator
from typing import Annotated, Any

import typer

from cli import say
from cli.here import Here, here
from cli.say import AWAY, REFUSED, AsJson, Ends
from shared.money import Money

_PATH = "/billing/v1/reconciliation"
_PAUSE = 0.5  # seconds between looks
Seconds = Annotated[float, typer.Option("--wait", help="Seconds to wait for it at most.")]
Last = Annotated[bool, typer.Option("--last", help="Only show what the last one found.")]


def reconcile(wait: Seconds = 300.0, last: Last = False, as_json: AsJson = False) -> None:
    """Compare, and tell what does not agree: exit code 0 when all agrees, 1 when not, 3 when it is
    not known."""
    stack = here()
    run = None
    if not last:
        with say.err.status("  Comparing what the gateways report with the books"):
            run = _through(stack, stack.call("POST", _PATH)["run_id"], wait)
        if run["error"] == "gateway-away":
            raise Ends(
                AWAY,
                f"What the gateways report could not be fetched ({run['error']}).",
                "Try again later; all is fetched from where it was left.",
            )
    shown, found = _findings(stack)
    if as_json:
        about = {name: shown[name] for name in ("day", "run_id", "finished_at", "error")}
        say.data(
            {"run": run, "findings": found, "last": about | {"failed_since": shown["failed_since"]}}
        )
    elif shown["run_id"] is not None:
        _tell(run, shown, found)
    if found or (run is not None and run["findings"]):
        raise typer.Exit(REFUSED)
    _doubt(shown)


def _doubt(shown: Any) -> None:
    """Where nothing was found because not all of it was looked at."""
    again = "See that the gateways answer, then: bin/holdfast reconcile"
    if shown["run_id"] is None:
        tried = (
            f"; the last try, at {shown['failed_since']}, failed" if shown["failed_since"] else ""
        )
        raise Ends(AWAY, f"Nothing was ever compared{tried}.", again)
    for doubt in _doubts(shown):
        raise Ends(AWAY, f"{doubt} What was compared agrees.", again)


def _doubts(shown: Any) -> Iterator[str]:
    """Why there may be more than what was found."""
    if shown["failed_since"]:
        yield f"A later one, ended at {shown['failed_since']}, could compare nothing."
    if shown["error"] == "look-ups-open":
        yield f"The gateways have not answered yet all that was looked up ({shown['error']})."
    elif shown["error"]:
        yield f"A gateway did not report ({shown['error']})."


def _through(stack: Here, run_id: str, wait: float) -> Any:
    until = time.monotonic() + wait
    while True:
        run = stack.call("GET", f"{_PATH}/runs/{run_id}")
        if run["finished_at"] is not None:
            return run
        if time.monotonic() > until:
            raise Ends(
                AWAY,
                f"It is not through after {wait:.0f} seconds.",
                "It goes on; see later with: bin/holdfast reconcile --last",
            )
        time.sleep(_PAUSE)


def _findings(stack: Here) -> tuple[Any, list[Any]]:
    """Which comparison is the last one, and all that it found."""
    found: list[Any] = []
    after = None
    while True:
        params = {"limit": 200} | ({"after": after} if after else {})
        page = stack.call("GET", _PATH, params=params)
        found += page["findings"]
        after = page["next"]
        if after is None:
            return page, found


def _tell(run: Any, shown: Any, found: list[Any]) -> None:
    say.line(f"Compared on {shown['day']}, through at {shown['finished_at']}.")
    if run is not None:
        looked = f", {run['looked_up']} looked up there" if run["looked_up"] else ""
        say.line(f"{run['movements']} new movements at the gateways{looked}.")
    doubts, some = list(_doubts(shown)), found or (run and run["findings"])
    if some:
        for doubt in doubts:
            say.line(f"{doubt} There may be more.")
    elif not doubts:
        say.line("All agrees: gateways, books, registrations and credits.")
    if not found:
        return
    say.table(
        ["finding", "about", "amount", "since", "next step"],
        [
            [
                one["kind"],
                one["about"],
                _money(one["amount"]),
                one["since"][:10],
                " ".join(filter(None, [one["cause"], one["next_step"]])),
            ]
            for one in found
        ],
    )
    say.following(f"{len(found)} findings. All there is to know: --json")


def _money(amount: Any) -> str:
    return str(Money(amount["amount"], amount["currency"])) if amount else ""
