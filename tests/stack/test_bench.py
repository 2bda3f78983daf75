"""The frame of the benchmarks: what a figure is, when it is judged, and that one that fails stops no
other. No time is asserted anywhere: what is measured on a busy machine is worth nothing."""

import asyncio
import json
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from bench import __main__ as command
from bench import arriving, figures, outbox, runs
from bench.catalogue import ALL, Bench
from bench.goals import SPECS, Goal, Spec, share, spec
from bench.machine import ROOT, Machine
from bench.table import placed, table
from cli import bench as cli_bench
from cli.crowd import pace
from cli.main import app
from cli.say import Ends

MACHINE = Machine("python -m bench.tiny", 0.1, 2, "0123456789", "2026-11-30")
RATE = Spec("tiny.rate", "tiny things", "tinier ones", "/s", share(70))
TIME = Spec(
    "tiny.time", "a tiny thing, p99", "a tinier one", "ms", Goal("ours", most=40), less=True
)

# What a benchmark of the test's own does, as a module that is run by its name.
TINY = """
import argparse, sys
from bench import figures
from bench.goals import Spec, share
from bench.machine import machine
parser = argparse.ArgumentParser()
parser.add_argument("--rounds", type=int, default=3)
wanted = figures.parsed(parser, None, {{"rounds": 1}})
print("words of its own")
{then}
ours = [{ours}] * wanted.rounds
one = Spec("{name}.rate", "{name} things", "bare ones", "/s", share(70))
made = figures.of(one, machine(), {{"things": 5}}, ours, [100.0] * wanted.rounds, short=wanted.short)
figures.keep(wanted, [made])
sys.exit(0 if made.met is not False else 1)
"""


@pytest.fixture
def tiny(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """`tiny("name", ours=80.0)` → a benchmark that finds that beside 100."""
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))

    def make(name: str, ours: float = 80.0, then: str = "") -> Bench:
        file = tmp_path / f"tiny_{name}.py"
        file.write_text(TINY.format(name=name, ours=ours, then=then))
        return Bench(name, f"{name} of the test", (1, 0.1), f"tiny_{name}")

    return make


def test_the_figure_is_the_median_and_the_ratio_that_of_the_rounds() -> None:
    found = figures.of(RATE, MACHINE, {"things": 9}, [50, 90, 70], [100, 100, 200])
    # of each round 50, 90 and 35 %; the medians themselves would be 70 of 100
    assert (found.ours, found.bare, found.ratio) == (70, 100, 50.0)
    assert found.rounds == [
        {"ours": 50, "bare": 100},
        {"ours": 90, "bare": 100},
        {"ours": 70, "bare": 200},
    ]
    assert (found.goal, found.met) == ("≥ 70 %", False)


def test_a_time_is_judged_by_itself_and_its_ratio_is_of_speed() -> None:
    found = figures.of(TIME, MACHINE, {}, [40, 20, 60], [10, 10, 10])
    assert (found.ours, found.ratio, found.goal) == (40, 25.0, "≤ 40 ms")
    assert found.met is True, "the bound belongs to it"
    assert figures.of(TIME, MACHINE, {}, [40.1, 40.1, 40.1], [10, 10, 10]).met is False


def test_too_few_rounds_or_a_short_run_are_not_judged() -> None:
    assert figures.of(RATE, MACHINE, {}, [90, 90], [100, 100]).met is None
    assert figures.of(RATE, MACHINE, {}, [1, 1, 1], [100, 100, 100], short=True).met is None
    assert figures.of(RATE, MACHINE, {}, [90, 90, 90], [100, 100, 100]).met is True
    with pytest.raises(ValueError, match="shorter"):
        figures.of(RATE, MACHINE, {}, [1, 2, 3], [1, 2])


def test_nothing_to_divide_by_is_no_ratio() -> None:
    refused = spec("arrivals.refused")
    found = figures.of(refused, MACHINE, {}, [0, 0, 0], [0, 0, 0])
    assert (found.ratio, found.met) == (None, True)
    once = figures.of(refused, MACHINE, {}, [0, 1, 0], [0, 0, 0])
    assert (once.ours, once.met) == (1, False), "a median would hide it"


def test_figures_come_back_as_they_were_written() -> None:
    made = [figures.of(RATE, MACHINE, {"things": 9}, [50, 90, 70], [100, 100, 200])]
    assert figures.loaded(figures.dumped(made)) == made
    for text in ("{", '[{"name": "x"}]'):
        with pytest.raises(ValueError):
            figures.loaded(text)


def test_one_that_fails_stops_no_other_and_all_of_it_is_told(
    tiny: Any, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    some = (
        tiny("first"),
        tiny("broken", then="raise SystemExit('no such thing')"),
        tiny("slow", ours=20.0),
        tiny("killed", then="import os; os.kill(os.getpid(), 9)"),
        tiny("silent", then="sys.exit(0)"),
        tiny("last", ours=70.0),
    )
    file = tmp_path / "all.json"
    assert command.main(["--json", str(file)], some) == 1
    said = capfd.readouterr()
    told = json.loads(file.read_text())
    assert [(one["name"], one["ours"], one["met"]) for one in told["figures"]] == [
        ("first.rate", 80, True),
        ("slow.rate", 20, False),
        ("last.rate", 70, True),
    ]
    assert told["failed"] == {
        "broken": "exit code 1",
        "killed": "exit code -9",
        "silent": "no figures (FileNotFoundError)",
    }
    assert set(told["seconds"]) == {one.name for one in some}
    assert told["figures"][0]["command"] == "python -m tiny_first"
    assert "Not met: slow.rate is 20 /s, 20 % of bare ones; wanted: ≥ 70 %" in said.out
    assert "Not measured: killed (exit code -9)" in said.out
    assert "| first things | 80/s | bare ones | 100/s | 80.0 % | ≥ 70 % | yes |" in said.out
    assert "words of its own" not in said.out, "standard output is the table's"
    assert "[6/6] last: last of the test; about " in said.err


def test_all_that_was_asked_for_and_met_ends_with_0(
    tiny: Any, capfd: pytest.CaptureFixture[str]
) -> None:
    some = tiny("good"), tiny("bad", ours=1.0)
    assert command.main(["good"], some) == 0
    assert command.main(["bad"], some) == 1
    assert command.main(["bad", "--short"], some) == 0, "short: judged by nobody"
    assert "not judged: short" in capfd.readouterr().out
    assert command.main(["bad", "--rounds", "2"], some) == 0
    assert "not judged: rounds 2" in capfd.readouterr().out


def test_one_that_hangs_is_ended(tiny: Any) -> None:
    hangs = tiny("hangs", then="import time; time.sleep(600)")
    outcome = runs.run([hangs], lambda _text: None, longest=1.0)
    assert outcome.failed == {"hangs": "not done after 1 s"}
    assert not outcome.good


def test_who_is_interrupted_ends_what_runs_and_keeps_what_was_measured(
    tiny: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The benchmark is told once, and has the time to end its own servers."""
    mark, file = tmp_path / "mark", tmp_path / "kept.json"
    then = f"""
import pathlib, time
mark = pathlib.Path({str(mark)!r})
try:
    mark.write_text("begun")
    time.sleep(600)
except KeyboardInterrupt:
    mark.write_text(mark.read_text() + ", ended")
    raise
"""
    wait = subprocess.Popen.wait

    def waits(process: Any, timeout: float | None = None) -> int:
        if timeout == runs.LONGEST and "tiny_second" in process.args:
            while not mark.exists() or mark.read_text() != "begun":
                time.sleep(0.01)
            raise KeyboardInterrupt
        return wait(process, timeout)

    monkeypatch.setattr(subprocess.Popen, "wait", waits)
    with pytest.raises(KeyboardInterrupt):
        command.main(["--json", str(file)], (tiny("first"), tiny("second", then=then)))
    assert mark.read_text() == "begun, ended"
    assert [one.name for one in runs.read([file])] == ["first.rate"]


@pytest.mark.parametrize(
    "words", [["nothing"], ["--rounds", "0"], ["--from", "x.json"]], ids=lambda words: words[0]
)
def test_what_cannot_be_asked_for_is_wrong_usage(words: list[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        command.main(words)
    assert ended.value.code == 2


def test_the_table_goes_between_its_marks_and_of_several_files_the_last_word_counts(
    tmp_path: Path, tiny: Any
) -> None:
    document = tmp_path / "page.md"
    document.write_text("before\n<!-- figures -->\na former table\n<!-- /figures -->\nafter\n")
    files = []
    for number, ours in enumerate((75.0, 85.0)):
        files.append(tmp_path / f"{number}.json")
        command.main(["--json", str(files[-1])], (tiny("it", ours=ours),))
    words = ["--write", str(document), "--from", *map(str, files)]
    assert command.main(words) == 0
    text = document.read_text()
    assert text.startswith("before\n<!-- figures -->\n| what |")
    assert text.endswith("<!-- /figures -->\nafter\n")
    assert "a former table" not in text
    assert "| it things | 85/s |" in text
    assert "75/s" not in text
    assert text.count("not measured") == len(SPECS), "the real ones were not"
    once = document.read_text()
    assert command.main(words) == 0
    assert document.read_text() == once
    document.write_text("no marks")
    assert command.main(words) == 1
    assert document.read_text() == "no marks"
    assert command.main(["--write", str(document), "--from", str(tmp_path / "none")]) == 1
    with pytest.raises(ValueError, match="has no"):
        placed("<!-- /figures --> <!-- figures -->", "x")


def test_every_benchmark_has_figures_and_the_page_has_them_all() -> None:
    assert {one.name.partition(".")[0] for one in SPECS} == {one.name for one in ALL}
    assert len({one.name for one in SPECS}) == len(SPECS)
    page = (ROOT / "docs" / "performance.md").read_text()
    head, _, rest = page.partition("<!-- figures -->\n")
    shown = rest.partition("<!-- /figures -->")[0].splitlines()[2:]
    for one, line in zip(SPECS, shown[: len(SPECS)], strict=True):
        assert line.startswith(f"| {one.what} |"), one.name
        goal = one.goal.words(one.unit) if one.goal else ""
        assert f" {goal} |" in line, one.name
    assert len(head) > 100


def test_a_cell_cannot_break_the_table() -> None:
    odd = Spec("tiny.odd", "a|b", "c|d", "/s")
    row = table([figures.of(odd, MACHINE, {}, [1], [2])], ()).splitlines()[2]
    assert row.startswith("| a\\|b | 1/s | c\\|d | 2/s | 50.0 % |  |  |")


# --- open loop --------------------------------------------------------------------------------


def test_arrivals_are_one_a_slot_and_the_same_for_the_same_seed() -> None:
    found = pace.moments(100.0, 500, 3)
    assert all(n / 100 <= at < (n + 1) / 100 for n, at in enumerate(found))
    assert found == pace.moments(100.0, 500, 3)
    assert found != pace.moments(100.0, 500, 4)


async def test_nobody_waits_for_those_before() -> None:
    """Each waits until all have begun: whoever let one wait for another would never end."""
    begun: list[float] = []
    all_ = asyncio.Event()

    async def act(number: int, intended: float) -> None:
        begun.append(intended)
        if len(begun) == 50:
            all_.set()
        await all_.wait()

    async with asyncio.timeout(60):
        await pace.arrive(pace.moments(1_000.0, 50, 1), act)
    assert len(begun) == 50
    assert begun == sorted(begun), "as they were meant, however late we are"


async def test_what_goes_wrong_in_one_is_not_swallowed() -> None:
    async def act(number: int, intended: float) -> None:
        raise RuntimeError("refused")

    with pytest.raises(ExceptionGroup):
        await pace.arrive([0.0], act)


def test_a_percentile_is_one_of_the_values() -> None:
    hundred = [float(n) for n in range(100, 0, -1)]
    assert [pace.percentile(hundred, p) for p in (50, 99, 100)] == [50, 99, 100]
    assert pace.percentile([7.0], 99) == 7
    assert pace.percentile([1.0, 2.0, 3.0], 50) == 2
    with pytest.raises(ValueError, match="nothing"):
        pace.percentile([], 50)


async def test_what_is_refused_or_lost_is_counted_and_makes_no_percentile_better() -> None:
    """Of a hundred the server refuses one and hangs up on another; one is answered in two pieces,
    which is as good as any."""
    seen: Counter[str] = Counter()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            try:
                head = (await reader.readuntil(b"\r\n\r\n")).decode()
                size = int(head.partition("content-length: ")[2].split("\r\n")[0])
                await reader.readexactly(size)
            except (asyncio.IncompleteReadError, ConnectionError):
                break
            number = int(head.partition("idempotency-key: ")[2].split("\r\n")[0])
            seen[head.split()[1]] += 1
            if number == 1_011:
                writer.write(b"HTTP/1.1 409 Conflict\r\ncontent-length: 2\r\n\r\nno")
            elif number == 1_022:
                break
            elif number == 1_044:
                writer.write(b"HTTP/1.1 201 Created\r\nContent-Le")
                await writer.drain()
                await asyncio.sleep(0.05)
                writer.write(b"ngth: 2\r\n\r\n{}")
            else:
                writer.write(b"HTTP/1.1 201 Created\r\ncontent-length: 2\r\n\r\n{}")
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    clients = arriving.Clients(port, 1_000, 2)
    await pace.arrive(pace.moments(100.0, 100, 1), clients.one)
    clients.close()
    server.close()
    told = clients.told()
    assert (told["arrived"], told["made"], told["lost"]) == (100, 98, 1)
    assert (told["refused"], told["by_status"]) == (1, {"409": 1})
    assert told["p99"] == told["most"] == 30_000, "two of a hundred count as the longest wait"
    path = "/registration/v1/courses/bench-{}/registrations"
    assert seen == {path.format(0): 50, path.format(1): 50}


async def test_who_never_gets_an_answer_is_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(arriving, "LOST", 0.2)
    silent = asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await silent.wait()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    clients = arriving.Clients(server.sockets[0].getsockname()[1], 0, 1)
    await pace.arrive([0.0], clients.one)
    silent.set()
    clients.close()
    server.close()
    told = clients.told()
    assert (told["arrived"], told["made"], told["lost"], told["p50"]) == (1, 0, 1, 200)


# --- the outbox's --------------------------------------------------------------------------------


def test_what_does_not_arrive_or_arrives_twice_is_found() -> None:
    from shared.contracts.billing import InvoiceIssued

    said = outbox.entries(InvoiceIssued, "billing", "bench.x", 3)
    ids = [entry.event_id for entry in said]
    assert {entry.topic for entry in said} == {"bench.x"}
    outbox.require(Counter(ids), said)
    for found, why in (
        (ids[:2], "1 of 3 have not arrived"),
        ([*ids, ids[0]], "1 arrived more than once"),
        ([*ids, "another"], "1 were said by nobody"),
    ):
        with pytest.raises(AssertionError, match=why):
            outbox.require(Counter(found), said)


# --- as it is typed ------------------------------------------------------------------------------


def test_it_is_handed_over_as_it_was_typed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    called: list[Any] = []
    monkeypatch.setattr("os.execv", lambda *words: called.append(words))
    monkeypatch.chdir(tmp_path)
    words = ["bench", "relay", "feed", "--short", "--rounds", "5", "--json", "out.json"]
    done = CliRunner().invoke(app, words)
    assert done.exit_code == 0, done.output
    assert called == [
        (
            sys.executable,
            [
                *(sys.executable, "-m", "bench", "relay", "feed", "--short", "--rounds", "5"),
                *("--json", str(tmp_path / "out.json")),
            ],
        )
    ]
    assert Path.cwd() == ROOT


def test_what_is_missing_is_said_with_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cli_bench, "NEEDS", ("asyncpg", "there_is_no_such_package"))
    ended = CliRunner().invoke(app, ["bench", "--list"]).exception
    assert isinstance(ended, Ends)
    assert (ended.code, ended.message, ended.remedy) == (
        3,
        "The benchmarks are not complete here: there_is_no_such_package is missing.",
        "They run in a clone of the repository. There: make setup-dev",
    )


def test_a_benchmark_that_there_is_not_is_wrong_usage() -> None:
    ended = CliRunner().invoke(app, ["bench", "relays"]).exception
    assert isinstance(ended, Ends)
    assert (ended.code, ended.message) == (2, "There is no benchmark relays.")
