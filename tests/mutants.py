"""`make mutants`: do the tests of billing's rules notice when a rule is changed?

mutmut changes the rules (`services/billing/domain`) one small way at a time and runs the tests of
`tests/rules/billing`; a change that no test notices has survived. What is asked: of every hundred
at least ninety must be noticed. `docs/money.md` names those that no test can notice. What was
judged before is not judged again unless its rule changed; `rm -rf mutants` begins anew. With names
of modules (`refund_policy windows`) only those, and those in any case: after their tests changed.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from pathlib import Path

ASKED = 90  # per cent
KILLED, SURVIVED, UNTOUCHED = (1, 3), 0, (5, 33)  # mutmut's exit codes; the others took too long
DOMAIN = "services/billing/domain"


def verdict(code: int | None) -> str:
    """What became of one mutant. One that hangs was noticed too."""
    if code in {None, 2}:  # it was interrupted
        return "open"
    if code == SURVIVED:
        return "survived"
    return "killed" if code in KILLED else "untouched" if code in UNTOUCHED else "hung"


def read(root: Path) -> dict[str, dict[str, str]]:
    """Module → mutant → verdict."""
    return {
        path.name.removesuffix(".py.meta"): {
            name.rsplit(".", 1)[1]: verdict(code)
            for name, code in json.loads(path.read_text())["exit_code_by_key"].items()
        }
        for path in sorted((root / "mutants" / DOMAIN).glob("*.py.meta"))
    }


def report(found: dict[str, dict[str, str]]) -> bool:
    """Say it by module; whether enough were noticed, and all were judged."""
    whole: Counter[str] = Counter()
    for module, mutants in found.items():
        counts = Counter(mutants.values())
        whole += counts
        if mutants:
            print(f"  {module:20}{_share(counts):>8}   {_words(counts)}")
    print(f"  {'all':20}{_share(whole):>8}   {_words(whole)}")
    return not whole["open"] and _noticed(whole) * 100 >= ASKED * whole.total()


def _noticed(counts: Counter[str]) -> int:
    return counts["killed"] + counts["hung"]


def _share(counts: Counter[str]) -> str:
    return f"{_noticed(counts) * 100 / max(1, counts.total()):.1f} %"


def _words(counts: Counter[str]) -> str:
    said = ("killed", "hung", "survived", "untouched", "open")
    return ", ".join(f"{counts[each]} {each}" for each in said if counts[each])


def main(modules: list[str]) -> int:
    print("  Every rule of billing is changed in many small ways, one at a time, and its tests are")
    print("  run each time. That is a few thousand runs: a quarter of an hour or more.", flush=True)
    names = [f"services.billing.domain.{module}.*" for module in modules]
    run = subprocess.run(["mutmut", "run", *names], check=False)
    if run.returncode:
        print("  mutmut did not get through; the tests must pass without a change first.")
        return run.returncode
    found = {name: each for name, each in read(Path()).items() if not modules or name in modules}
    enough = report(found)
    if not enough:
        print(f"  Less than {ASKED} % were noticed, or not all judged: `mutmut results` has them,")
        print("  and `mutmut show NAME` says what each one changed.")
    return 0 if enough else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
