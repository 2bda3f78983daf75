"""`bin/holdfast audit verify` on real databases: what it says, notes, and ends with."""

import json
import re
from pathlib import Path

import asyncpg
import pytest
import typer

from cli import audit
from cli.here import Here
from cli.say import REFUSED, USAGE, Ends
from shared.runtime import audits
from shared.runtime.gathered import Audit
from tests.conftest import Database, run
from tests.runtime.test_batch import NOW


@pytest.fixture
def urls(database: Database, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    made = {service: database(service) for service in ("billing", "partners")}
    for service, url in made.items():
        monkeypatch.setenv(f"{service.upper()}_DATABASE_URL", url)
    monkeypatch.setattr(Here, "services", property(lambda _: dict.fromkeys(made, "")))
    monkeypatch.setattr(audit, "here", lambda: Here("http://door", ""))
    return made


def add(url: str, *about: str) -> None:
    async def write() -> None:
        con = await asyncpg.connect(url)
        try:
            async with con.transaction():
                given = [Audit(NOW, "ada", "refund.goodwill", one, "", None) for one in about]
                await audits.write(con, given)
        finally:
            await con.close()

    run(write())


def meddle(url: str, *statements: str) -> None:
    async def change() -> None:
        con = await asyncpg.connect(url)
        try:
            await con.execute("ALTER TABLE audit DISABLE TRIGGER stays")
            await con.execute("GRANT ALL ON audit TO CURRENT_USER")
            for each in statements:
                await con.execute(each)
        finally:
            await con.close()

    run(change())


def verified(file: Path, capsys: pytest.CaptureFixture[str]) -> tuple[int, dict[str, list[int]]]:
    """The exit code, and the rows where each service's chain is broken."""
    code = 0
    try:
        audit.verify(heads=file, as_json=True)
    except typer.Exit as why:
        code = why.exit_code
    said = json.loads(capsys.readouterr().out)
    assert said["ok"] is (code == 0)
    found = {one["service"]: [b["id"] for b in one["breaks"]] for one in said["services"]}
    return code, found


def test_what_was_changed_is_told_with_its_row(
    urls: dict[str, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "heads.json"
    assert verified(file, capsys) == (0, {"billing": [], "partners": []})
    add(urls["billing"], "r1", "r2", "r3")
    assert verified(file, capsys) == (0, {"billing": [], "partners": []})
    assert json.loads(file.read_text())["billing"]["id"] == 3
    assert json.loads(file.read_text())["partners"] == {"id": 0, "hash": ""}
    assert file.stat().st_mode & 0o777 == 0o600

    meddle(urls["billing"], "UPDATE audit SET by = 'bob' WHERE id = 2")
    assert verified(file, capsys) == (REFUSED, {"billing": [2], "partners": []})
    with pytest.raises(typer.Exit):
        audit.verify(heads=file)
    told = re.sub(r" +", " ", capsys.readouterr().out)
    assert "billing broken 3 rows" in told
    assert "row 2: it, or what stood before it, is not what was written" in told
    assert "Compare with a backup" in told


def test_a_chain_that_was_cut_off_stays_found(
    urls: dict[str, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What was noted of a broken chain is not noted anew: it is found the next day too."""
    file = tmp_path / "heads.json"
    add(urls["billing"], "r1", "r2", "r3")
    assert verified(file, capsys)[0] == 0
    meddle(urls["billing"], "DELETE FROM audit WHERE id > 1")
    for _ in range(2):
        assert verified(file, capsys) == (REFUSED, {"billing": [3], "partners": []})
    assert verified(tmp_path / "new.json", capsys)[0] == 0, "by itself it looks whole"


def test_another_file_is_not_written_over(urls: dict[str, str], tmp_path: Path) -> None:
    file = tmp_path / "notes.txt"
    file.write_text("mine")
    with pytest.raises(Ends) as refused:
        audit.verify(heads=file)
    assert refused.value.code == USAGE
    assert file.read_text() == "mine"


def test_the_first_time_it_says_what_it_cannot_know(
    urls: dict[str, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "heads.json"
    add(urls["billing"], "r1")
    audit.verify(heads=file)
    told = " ".join(capsys.readouterr().out.split())
    assert "Never noted before: billing, partners. What was cut off there" in told
    audit.verify(heads=file)
    assert "Never noted" not in capsys.readouterr().out


def test_who_was_noted_and_is_not_looked_at_does_not_pass_for_whole(
    urls: dict[str, str],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    file = tmp_path / "heads.json"
    assert verified(file, capsys)[0] == 0
    noted = file.read_text()
    monkeypatch.delenv("BILLING_DATABASE_URL")
    with pytest.raises(Ends) as refused:
        audit.verify(heads=file)
    assert refused.value.code == USAGE
    assert "billing would not be looked at" in str(refused.value)
    assert "BILLING_DATABASE_URL" in refused.value.remedy
    assert file.read_text() == noted
