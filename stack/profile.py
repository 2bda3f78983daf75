"""Where one stack keeps its things: `data` for `up`, `demo` for the demo, each a directory.

`.holdfast/<profile>/` holds the data, the logs, the secrets (made once, mode 600), whether it is a
sandbox, and the state file of the running stack. `HOLDFAST_HOME` moves `.holdfast` elsewhere;
`HOLDFAST_PORT_OFFSET` adds a number to every port, so that two stacks can stand side by side.
"""

import hashlib
import json
import os
import secrets
import shutil
from dataclasses import dataclass
from pathlib import Path

from shared.contracts.services import SERVICES
from stack.trouble import REFUSED, USAGE, Trouble

ROOT = Path(__file__).parent.parent
PROFILES = ("data", "demo")
_LEAST_FREE = 2**30


@dataclass(frozen=True)
class Ports:
    """Every port of a stack, moved by `offset`."""

    offset: int = 0

    def of(self, name: str) -> int:
        return _PORTS[name] + self.offset

    def all(self) -> dict[str, int]:
        return {name: self.of(name) for name in _PORTS}


_PORTS = {
    "front door": 8080,
    **{name: 8101 + number for number, name in enumerate(SERVICES)},
    "paysim": 8110,
    "mailbox": 8111,
    "clock": 8112,
    "smtp": 8125,
    "postgres": 8132,
    "kafka": 8192,
    "kafka controller": 8193,
}


@dataclass(frozen=True)
class Profile:
    """One stack's directory."""

    name: str

    @property
    def directory(self) -> Path:
        return home() / self.name

    @property
    def logs(self) -> Path:
        return self.directory / "logs"

    @property
    def state_file(self) -> Path:
        return self.directory / "state.json"

    def prepare(self, *, sandbox: bool) -> dict[str, str]:
        """Make the directory or check the one that is there; give its secrets.

        Raises `Trouble` where the disk is nearly full, or where `sandbox` is not what the data
        was made with: business time of the two kinds must never mix.
        """
        self.logs.mkdir(parents=True, exist_ok=True)
        free = shutil.disk_usage(self.directory).free
        if free < _LEAST_FREE:
            raise Trouble(
                f"Only {free // 2**20} MiB are free on the disk of {self.directory}; "
                f"{_LEAST_FREE // 2**20} MiB are needed.",
                "Free some space and try again.",
            )
        known = self.is_sandbox()
        if known is None:
            write_private(self.directory / "profile.json", json.dumps({"sandbox": sandbox}))
        elif known and not sandbox:
            raise Trouble(
                "This data lives on a sandbox clock and would wake up in another time.",
                "Start it with: bin/holdfast up --sandbox. "
                "Or begin anew with: bin/holdfast down --wipe",
                REFUSED,
            )
        elif sandbox and not known:
            raise Trouble(
                "This data lives on the wall clock; a sandbox clock would falsify it.",
                "Start it with: bin/holdfast up. Or begin anew with: bin/holdfast down --wipe",
                REFUSED,
            )
        return self._secrets()

    def is_sandbox(self) -> bool | None:
        """Whether the data was made on a sandbox clock; None where there is no data."""
        path = self.directory / "profile.json"
        return bool(json.loads(path.read_text())["sandbox"]) if path.exists() else None

    def secrets(self) -> dict[str, str]:
        """The secrets, as they are; empty where nothing was started yet."""
        path = self.directory / "secrets.json"
        return dict(json.loads(path.read_text())) if path.exists() else {}

    def wipe(self) -> None:
        shutil.rmtree(self.directory, ignore_errors=True)

    def _secrets(self) -> dict[str, str]:
        known = self.secrets()
        names = ["PLATFORM_SECRET", "PAYSIM_API_KEY", "PAYSIM_WEBHOOK_SECRET", "POSTGRES_PASSWORD"]
        names += [f"{service.upper()}_DATABASE_PASSWORD" for service in SERVICES]
        whole = {name: known.get(name) or secrets.token_urlsafe(32) for name in names}
        key = known.get("OPERATOR_KEY") or f"hf_local_{secrets.token_urlsafe(32)}"
        whole |= {"OPERATOR_KEY": key, "OPERATOR_KEY_HASH": sha256(key)}
        if whole != known:
            write_private(self.directory / "secrets.json", json.dumps(whole, indent=2))
        return whole


def home() -> Path:
    """The directory of all profiles."""
    return Path(os.environ.get("HOLDFAST_HOME") or ROOT / ".holdfast").resolve()


def ports_here() -> Ports:
    """The ports, as the environment moves them."""
    text = os.environ.get("HOLDFAST_PORT_OFFSET") or "0"
    if not text.isdigit() or int(text) > 50_000:
        raise Trouble(
            f"HOLDFAST_PORT_OFFSET is {text}, and not a number from 0 to 50000.",
            "Such as: HOLDFAST_PORT_OFFSET=100",
            USAGE,
        )
    return Ports(int(text))


def sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def write_private(path: Path, text: str) -> None:
    """Replace a file at once; only its owner can read it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.part")
    part.unlink(missing_ok=True)
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as out:
        out.write(text)
    part.replace(path)
