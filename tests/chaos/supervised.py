"""The supervisor of the embedded stack, with Kafka, Postgres and the mail server behind proxies.

It reads `CHAOS_*` (`ground.py` sets them): the proxies' ports; `CHAOS_WORKERS`, services that get a
worker more; `CHAOS_PREVIOUS`, another checkout whose code these workers run.
"""

import ctypes
import os
import signal
import sys
from dataclasses import replace
from urllib.parse import urlsplit, urlunsplit

from stack import ports
from stack.plan import Plan, Process
from stack.profile import Profile
from stack.supervisor import Supervisor
from stack.trouble import Trouble

_PR_SET_PDEATHSIG = 1


class Led(Supervisor):
    """Starts what the stack always starts, and then the workers more."""

    def _plan(self) -> Plan:
        self._led = led(super()._plan())
        return self._led

    def watch(self) -> None:
        for process in workers(self._led):
            self.children.spawn(process)
        super().watch()


def led(plan: Plan) -> Plan:
    """The plan, whose services reach Kafka, Postgres and mail through the proxies only. A Kafka
    that is elsewhere, of several brokers, they reach as they would without us."""
    kafka, postgres, mail = (_port(name) for name in ("KAFKA", "POSTGRES", "SMTP"))

    def through(process: Process) -> Process:
        setting = f"{process.name.upper()}_DATABASE_URL"
        url = urlsplit(process.env[setting])
        netloc = f"{url.netloc.rpartition(':')[0]}:{postgres}"
        told = {
            setting: urlunsplit(url._replace(netloc=netloc)),
            "KAFKA_BOOTSTRAP_SERVERS": f"127.0.0.1:{kafka}" if plan.kafka else plan.bootstrap,
            "NOTIFICATIONS_SMTP_PORT": str(mail),
        }
        return replace(process, env=process.env | told)

    return replace(
        plan,
        kafka=replace(plan.kafka, advertised=kafka) if plan.kafka else None,
        services=[through(one) for one in plan.services],
    )


def workers(plan: Plan) -> list[Process]:
    """A worker more for each service that is named, with this code or with the previous one."""
    previous = os.environ.get("CHAOS_PREVIOUS", "")
    return [
        _worker(one, previous)
        for one in plan.services
        if one.name in os.environ.get("CHAOS_WORKERS", "").split(",")
    ]


def _worker(service: Process, previous: str) -> Process:
    port = ports.free_port()
    address = f"http://127.0.0.1:{port}/{service.name}"
    told = {"HOLDFAST_ROLE": "worker", f"{service.name.upper()}_PORT": str(port)}
    # Safe path: the directory it is started in would come before the other checkout.
    safe = ["-P"] if previous else []
    return replace(
        service,
        name=f"{service.name} worker",
        command=[sys.executable, *safe, "-m", f"services.{service.name}.app"],
        env=service.env | told | ({"PYTHONPATH": previous} if previous else {}),
        port=port,
        url=address,
        ready=f"{address}/health/ready",
        role="worker",
    )


def _port(name: str) -> int:
    return int(os.environ[f"CHAOS_{name}_PORT"])


def main(kind: type[Supervisor] = Led) -> int:
    """Run it until it is asked to stop: also by the end of the run that started it, however that
    ends."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
    try:
        kind(Profile("data"), True, lambda line: print(line, flush=True)).run()
    except Trouble as why:
        print(why, flush=True)
        return why.code
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
