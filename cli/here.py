"""The stack a command talks to: the one that runs on this machine, or one named by environment.

`HOLDFAST_URL` names a front door elsewhere (Compose, a cluster), `HOLDFAST_OPERATOR_KEY` its key;
where it names the one of this machine, as for curl, the stack of this machine is meant.
"""

import os
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import httpx

from cli.own import is_own
from cli.say import AWAY, REFUSED, USAGE, Ends
from shared.contracts.services import SERVICES
from stack import state
from stack.profile import Profile, home
from stack.state import State

FRESH_SANDBOX = "bin/holdfast down --wipe, then bin/holdfast up --detach --sandbox"


@dataclass(frozen=True)
class Here:
    """Addresses of a stack. `local` is its state where it runs on this machine."""

    door: str
    key: str
    local: State | None = None

    @property
    def sandbox(self) -> bool:
        return self.local.sandbox if self.local is not None else bool(self.clock_url)

    @property
    def clock_url(self) -> str:
        if self.local is not None:
            clock = self.local.processes.get("clock")
            return clock.url if clock else ""
        if os.environ.get("SANDBOX") == "0":  # where it is said of every stack, as Compose does
            return ""
        return os.environ.get("SANDBOX_CLOCK_URL", "").rstrip("/")

    @property
    def services(self) -> dict[str, str]:
        """Service → where it answers: straight at its port, or through the front door."""
        if self.local is None:
            return {name: f"{self.door}/{name}" for name in SERVICES}
        known = self.local.processes
        return {name: known[name].url for name in SERVICES if name in known}

    @property
    def simulator(self) -> str:
        if self.local is not None:
            return self.local.processes["paysim"].url
        return f"{self.door}/paysim"

    @property
    def mailbox(self) -> str:
        """The mailbox that gets the mails, where there is one to ask."""
        if self.local is not None and not self.elsewhere("NOTIFICATIONS_SMTP_HOST"):
            return self.local.processes["mailbox"].url
        return os.environ.get("HOLDFAST_MAILBOX_URL", "").rstrip("/")

    @property
    def bootstrap(self) -> str:
        if self.local is not None and not self.elsewhere("KAFKA_BOOTSTRAP_SERVERS"):
            return self.local.bootstrap
        from shared.runtime.settings import kafka_of  # half a second, which others do not need

        given = os.environ.get("KAFKA_BOOTSTRAP_SERVERS", "")
        return kafka_of(self.local.bootstrap if self.local is not None else given)

    @property
    def gateway_key(self) -> str:
        """The key of the simulator's API, where it is known here."""
        return self.secrets().get("PAYSIM_API_KEY") or os.environ.get("PAYSIM_API_KEY", "")

    def elsewhere(self, name: str) -> bool:
        """Whether that setting named something else than what runs here when it was started."""
        return self.local is not None and name in self.local.facts.get("elsewhere", [])

    def secrets(self) -> dict[str, str]:
        return Profile(self.local.profile).secrets() if self.local else {}

    def database_urls(self) -> dict[str, str]:
        """Service → the URL of its database, as its service was given it; where that is known."""
        found, secrets = {}, self.secrets()
        for name in self.services:
            setting = f"{name.upper()}_DATABASE_URL"
            given = os.environ.get(setting, "")
            if self.local is not None and not self.elsewhere(setting):
                # What this shell names is nothing to a stack that was started without it.
                password = secrets[f"{name.upper()}_DATABASE_PASSWORD"]
                port = self.local.facts["ports"]["postgres"]
                given = f"postgresql://{name}:{password}@127.0.0.1:{port}/{name}"
            if given:
                found[name] = given
        return found

    def client(self) -> httpx.Client:
        headers = {"Authorization": f"Bearer {self.key}"} if self.key else {}
        return httpx.Client(base_url=self.door, headers=headers, timeout=60, trust_env=False)

    def call(
        self,
        method: str,
        path: str,
        also: tuple[int, ...] = (),
        named: Mapping[str, str] | None = None,
        missing: str = "",
        **options: Any,
    ) -> Any:
        """The JSON answer of the front door. Raises `Ends` with what the refusal says.

        `also` are statuses beside 2xx whose JSON is an answer, and no problem; `named` are options
        by where their values stand in the body; `missing` is what to do at a 404.
        """
        answer = self.ask(method, path, **options)
        problem = answer.headers.get("content-type", "").startswith("application/problem")
        if answer.is_success or (answer.status_code in also and not problem):
            return answer.json()
        raise refusal(answer, named or {}, missing)

    def ask(self, method: str, path: str, **options: Any) -> httpx.Response:
        """The answer of the front door, whatever it says. Raises `Ends` (3) where there is none."""
        headers = options.pop("headers", {})
        if method == "POST":
            headers = {"Idempotency-Key": str(uuid.uuid4())} | headers
        try:
            with self.client() as client:
                return client.request(method, path, headers=headers, **options)
        except httpx.TransportError as why:
            raise Ends(
                AWAY,
                f"The front door {self.door} does not answer ({type(why).__name__}).",
                "See what runs with: bin/holdfast status",
            ) from why


def refusal(answer: httpx.Response, named: Mapping[str, str], missing: str) -> Ends:
    """What a problem+json says, in a line or several; what an option got wrong is wrong usage."""
    try:
        body = answer.json()
    except ValueError:
        body = {}
    title = body.get("title") or f"HTTP {answer.status_code}"
    detail = body.get("detail") or ""
    lines = [
        f"{title}{': ' if detail and detail != title else ''}{detail if detail != title else ''}"
    ]
    faults = [(one.get("pointer", ""), one.get("detail", "")) for one in body.get("errors", [])]
    if faults and all(pointer in named for pointer, _ in faults):
        return Ends(USAGE, "\n  ".join(f"{named[where]}: {what}" for where, what in faults))
    lines += [f"{where}  {what}" for where, what in faults]
    if answer.status_code in {502, 503, 504}:
        return Ends(AWAY, "\n  ".join(lines), "See what runs with: bin/holdfast status")
    if answer.status_code in {401, 403}:
        hint = (
            "The operator's key is in .holdfast/operator.key; HOLDFAST_OPERATOR_KEY overrides it."
        )
        return Ends(REFUSED, "\n  ".join(lines), hint)
    return Ends(REFUSED, "\n  ".join(lines), missing if answer.status_code == 404 else "")


def up_command() -> str:
    """What to type so that the data of this machine comes up as what it was made with."""
    sandbox = Profile("data").is_sandbox()
    return f"bin/holdfast up --detach{' --sandbox' if sandbox else ''}"


def here() -> Here:
    """The stack that runs. Raises `Ends` (3) where none does, or where it is not ready yet."""
    running = state.running_profile()
    if (there := elsewhere(running)) is not None:
        return there
    if running is None:
        raise Ends(AWAY, "Nothing is running here.", f"Start it with: {up_command()}")
    if not running.supervised:
        raise Ends(AWAY, "The supervisor of this stack is gone.", "See: bin/holdfast status")
    if running.phase != "ready":
        raise Ends(
            AWAY,
            f"The stack is still {running.phase}.",
            "See how far it is with: bin/holdfast status",
        )
    own = Profile(running.profile).secrets().get("OPERATOR_KEY", "")
    return Here(
        running.processes["front door"].url,
        # A key in the shell is for a real system: the demo's is its own.
        own if running.profile == "demo" else os.environ.get("HOLDFAST_OPERATOR_KEY", "") or own,
        running,
    )


def elsewhere(running: State | None) -> Here | None:
    """The stack that `HOLDFAST_URL` names, unless that is the one which runs on this machine."""
    given = os.environ.get("HOLDFAST_URL", "").rstrip("/")
    if not given or is_own(given, running):
        return None
    return Here(given, os.environ.get("HOLDFAST_OPERATOR_KEY", "") or _key())


def _key() -> str:
    path = home() / "operator.key"
    return path.read_text().strip() if path.exists() else ""
