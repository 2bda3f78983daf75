"""The board of the day in a browser, and nineteen more consoles, while all of a session come, drop,
are back and leave: what is seen is live, whole, and costs little."""

from __future__ import annotations

import json
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import httpx
import psutil
import pytest

from tests.conftest import ROOT
from tests.pages.browser import Browser, browser
from tests.stack.sandboxed import asked, sandboxed

pytestmark = pytest.mark.extras
CONSOLES = 20  # the browser is one
# The rehearsal's session as the page shows it, and how live the page says that it is.
_SEEN = """
(() => {
  const one = [...document.querySelectorAll('.sitting')]
    .find((each) => each.querySelector('h2').textContent.includes('Rehearsal'));
  const shown = {live: document.getElementById('live').textContent, mark: window.mark || ''};
  if (!one) return shown;
  for (const each of one.querySelectorAll('.numbers > div')) {
    const said = each.querySelector('dd').textContent.replaceAll(',', '');
    shown[each.querySelector('dt').textContent] = Number(said) || 0;
  }
  shown.state = one.querySelector('.state').textContent;
  shown.curve = one.querySelectorAll('.room-line').length;
  return shown;
})()
"""


@pytest.fixture(scope="module")
def sandbox() -> Iterator[dict[str, str]]:
    with sandboxed() as env:
        yield env


class Console(threading.Thread):
    """One more console: signed in, its stream open until the end."""

    def __init__(self, link: str) -> None:
        super().__init__(daemon=True)
        self._client = httpx.Client(timeout=60, trust_env=False, follow_redirects=True)
        door, _, word = link.partition("/console/link/")
        came = self._client.post(f"{door}/console/link", data={"word": word})
        assert (came.status_code, came.url.path) == (200, "/console"), came.text
        self._stream = f"{door}/console/live"
        self.octets, self.fault, self.saw_the_end = 0, "", False
        self.ending = threading.Event()

    def run(self) -> None:
        try:
            with self._client.stream("GET", self._stream) as answer:
                assert answer.status_code == 200, answer.status_code
                for line in answer.iter_lines():
                    self.octets += len(line) + 1
                    self.saw_the_end |= "Completed" in line
                    if self.ending.is_set():
                        return
            self.fault = "its stream has ended"
        except (httpx.HTTPError, AssertionError) as why:
            self.fault = repr(why)


def looked(tab: Browser, going: subprocess.Popen[str], seen: list[dict[str, Any]]) -> None:
    """What the page shows, twice a second, until the rehearsal has ended and a little longer."""
    until = None
    while until is None or monotonic() < until:
        seen.append(tab.js(_SEEN))
        if until is None and going.poll() is not None:
            until = monotonic() + 10
        sleep(0.5)


def link_of(env: dict[str, str]) -> str:
    """What `console-login` prints, without starting a program for each."""
    key = (Path(env["HOLDFAST_HOME"]) / "operator.key").read_text().strip()
    door = asked(env, "status")["url"]
    made = httpx.post(
        f"{door}/web/v1/console/links", headers={"Authorization": f"Bearer {key}"}, trust_env=False
    )
    link: str = made.json()["url"]
    return link


def web_of(env: dict[str, str]) -> psutil.Process:
    """The process that draws the board."""
    [web] = [one for one in asked(env, "status")["services"] if one["service"] == "web"]
    return psutil.Process(web["pid"])


def lived(
    env: dict[str, str], tab: Browser, *words: str
) -> tuple[dict[str, Any], list[dict[str, Any]], list[Console]]:
    """A rehearsal, with all consoles open: its verdict, what the page showed, the consoles."""
    tab.size(1280, 900)
    tab.go(link_of(env))
    tab.submit("document.querySelector('main form button').click()")
    tab.js("window.mark = 'the same page'")
    consoles = [Console(link_of(env)) for _ in range(CONSOLES - 1)]
    for one in consoles:
        one.start()
    web = web_of(env)
    before, began = sum(web.cpu_times()[:2]), monotonic()
    seen: list[dict[str, Any]] = []
    with subprocess.Popen(
        [ROOT / "bin" / "holdfast", "rehearse", *words, "--json"],
        env=env, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
    ) as going:  # fmt: skip
        looked(tab, going, seen)
        assert going.stdout is not None
        verdict = json.loads(going.stdout.read())
    took = monotonic() - began
    spent = sum(web.cpu_times()[:2]) - before
    for one in consoles:
        one.ending.set()
    share, kilobytes = spent / took, max(one.octets for one in consoles) / took * 60 / 1000
    print(
        f"{CONSOLES} consoles for {took:.0f} s: web {spent:.1f} s of processor ({share:.1%}),"
        f" {kilobytes:.0f} kB a minute each"
    )
    # Ten times what was seen: a whole page for each change is more. That the owners are asked once
    # for all of them: tests/edges/web/test_console_today.py.
    assert kilobytes < 290
    return verdict, seen, consoles


def holds(verdict: dict[str, Any], seen: list[dict[str, Any]], consoles: list[Console]) -> None:
    """What was seen is what was, as it was, by all of them."""
    learners = verdict["measured"]["learners"]
    assert verdict["measured"]["inside"] == verdict["measured"]["present"] == learners
    assert {one["mark"] for one in seen} == {"the same page"}, "it was loaded anew"
    assert {one["live"] for one in seen[4:]} == {"Live"}
    inside = [one["In the room"] for one in seen if "In the room" in one]
    # A look every three seconds: that at which all were in may be between two.
    assert learners / 2 < max(inside) <= learners, "nobody twice"
    assert len(set(inside)) > 5, "it came in one piece"
    registered = [one["Registered"] for one in seen if "Registered" in one]
    assert registered == sorted(registered)
    assert registered[-1] == learners
    assert seen[-1]["state"] == "Completed"
    assert seen[-1]["Present"] == learners
    assert seen[-1]["curve"] == 1
    assert {one.fault for one in consoles} == {""}
    assert all(one.saw_the_end for one in consoles)


@pytest.mark.timeout(600)
def test_all_consoles_see_everybody_come_drop_be_back_and_leave(sandbox, tmp_path, capsys) -> None:
    with browser(tmp_path / "profile") as tab, capsys.disabled():
        holds(*lived(sandbox, tab, "--learners", "200", "--within", "20", "--rate", "200"))
        assert not tab.said


@pytest.mark.long
@pytest.mark.timeout(3_600)
def test_of_ten_thousand_too(sandbox, tmp_path, capsys) -> None:
    with browser(tmp_path / "profile") as tab, capsys.disabled():
        holds(*lived(sandbox, tab, "--learners", "10000", "--beside"))
        assert not tab.said
