"""Set the project up: `python3 stack/setup.py runtime|dev`. Standard library only, any Python.

Makes `.venv` and puts the locked packages into it. When that is done a stamp with the lock's
checksum is written, so the next run does nothing, needs no network, and a run that was interrupted
is simply done again. What is missing on the machine is said in one line.
"""

import hashlib
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
# What the second one holds, the first one holds too.
_WITHIN = {"dev": ["dev"], "runtime": ["runtime", "dev"]}


def main(kind: str) -> int:
    """0 when everything of `kind` is there."""
    if sys.version_info < (3, 11):  # noqa: UP036 (this file is what says so)
        version = ".".join(map(str, sys.version_info[:3]))
        return _missing(
            f"Python {version} is too old; Holdfast needs 3.11 or later.",
            "Install one and try again; or name it: make PYTHON=/path/to/python3.11",
        )
    if PYTHON.exists() and any(_stamp(one).exists() for one in _WITHIN[kind]):
        return 0
    if not _has_venv():
        version = f"{sys.version_info[0]}.{sys.version_info[1]}"
        return _missing(
            f"This Python {version} cannot make virtual environments (no venv or ensurepip).",
            f"On Debian and Ubuntu: apt-get install python{version}-venv",
        )
    if shutil.disk_usage(ROOT).free < 2 * 2**30:
        return _missing("Less than 2 GiB are free on this disk.", "Free some and try again.")
    return _install(kind)


def _install(kind: str) -> int:
    lock = _lock(kind)
    print("  Setting up Python packages, this once (a minute or so)", flush=True)
    if not _runs():
        # Half of an environment, or one whose Python is gone: begin it anew.
        done = subprocess.run(
            [sys.executable, "-m", "venv", "--clear", str(VENV)], check=False
        ).returncode
        if done:
            return _missing(f"The virtual environment {VENV} could not be made.", "See above.")
    command = [str(PYTHON), "-m", "pip", "install", "--disable-pip-version-check", "--quiet"]
    command += ["--no-input", "--no-deps", "--require-hashes", "-r", str(lock)]
    done = subprocess.run(command, check=False).returncode
    if done:
        return _missing(
            "The packages could not be installed.",
            "If the lines above speak of connections: check the network, or PIP_INDEX_URL for a "
            "mirror. Then try again: what was fetched is kept.",
        )
    for old in VENV.glob("holdfast-*.stamp"):
        old.unlink()
    _stamp(kind).touch()
    return 0


def _lock(kind: str) -> Path:
    return ROOT / "requirements" / f"{kind}.txt"


def _stamp(kind: str) -> Path:
    digest = hashlib.sha256(_lock(kind).read_bytes()).hexdigest()[:16]
    return VENV / f"holdfast-{kind}-{digest}.stamp"


def _has_venv() -> bool:
    try:
        import ensurepip  # noqa: F401
        import venv  # noqa: F401
    except ImportError:
        return False
    return True


def _runs() -> bool:
    if not PYTHON.exists():
        return False
    asked = [str(PYTHON), "-c", "import pip, sys; sys.exit(sys.version_info < (3, 11))"]
    return subprocess.run(asked, capture_output=True, check=False).returncode == 0


def _missing(what: str, remedy: str) -> int:
    sys.stderr.write(f"  {what}\n  {remedy}\n")
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1] if sys.argv[1:] in (["runtime"], ["dev"]) else "runtime"))
