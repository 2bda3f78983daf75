r"""Several brokers that are one Kafka, on this machine: to see what happens when one of them dies.

    python -m stack.brokers
    KAFKA_BOOTSTRAP_SERVERS=127.0.0.1:8292,127.0.0.1:8293,127.0.0.1:8294 \
        KAFKA_REPLICATION_FACTOR=3 bin/holdfast up

Each is broker and controller, so any one of three may be away; one that ended is started again
after a while. Data is kept in `.holdfast/brokers`. Ctrl-C ends them all.
"""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import NoReturn

from stack import ports
from stack.kafka import Kafka, new_cluster
from stack.profile import home, ports_here, write_private
from stack.trouble import Trouble

FIRST = 8292  # the port of the first; its controller listens ten further
AGAIN_SECONDS = 20.0  # until one that ended is started again
READY_SECONDS = 180.0


def brokers(
    directory: Path, listen: Sequence[int], control: Sequence[int], cache: Path, **more: int
) -> list[Kafka]:
    """One a port of `listen`, its controller at that of `control`; `more` is what each is told."""
    peers = dict(enumerate(control, 1))
    return [
        Kafka(
            directory / f"broker-{node}",
            port,
            peers[node],
            cache,
            node=node,
            peers=peers,
            cluster=_cluster(directory),
            **more,
        )
        for node, port in enumerate(listen, 1)
    ]


def bootstrap_of(these: Sequence[Kafka]) -> str:
    """Where clients begin: any of them will do."""
    return ",".join(one.bootstrap for one in these)


def begin(one: Kafka, log: Path) -> subprocess.Popen[bytes]:
    """A process of it, in a session of its own."""
    with log.open("ab") as out:
        return subprocess.Popen(
            one.command(),
            env=one.environment(),
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )


def _cluster(directory: Path) -> str:
    """The id that all of them have, kept beside their data."""
    file = directory / "cluster"
    if not file.exists():
        write_private(file, new_cluster())
    return file.read_text()


def _asked(_number: int, _frame: object) -> None:
    raise KeyboardInterrupt


def main() -> int:
    """Run three until asked to stop."""
    signal.signal(signal.SIGTERM, _asked)
    directory, first = home() / "brokers", FIRST + ports_here().offset
    listen = [first + n for n in range(3)]
    control = [port + 10 for port in listen]
    running: dict[int, subprocess.Popen[bytes]] = {}
    try:
        for port in (*listen, *control):
            if ports.taken(port):
                raise Trouble(f"Port {port} is taken.", "Stop who has it, and try again.")
        these = brokers(directory, listen, control, home() / "cache")
        for one in these:
            one.prepare(_say)
            running[one.node] = begin(one, directory / f"broker-{one.node}.log")
        for one in these:
            popen = running[one.node]
            if not one.wait_ready(READY_SECONDS, partial(_lives, popen)):
                raise Trouble(f"Broker {one.node} does not start; its log is in {directory}.")
            _say(f"Broker {one.node} listens at {one.bootstrap} (pid {popen.pid})")
        _say(f"KAFKA_BOOTSTRAP_SERVERS={bootstrap_of(these)} KAFKA_REPLICATION_FACTOR=3")
        _watch(these, running, directory)
    except KeyboardInterrupt:
        return 0
    except Trouble as why:
        _say(str(why))
        return why.code
    finally:
        _end(running)


def _lives(popen: subprocess.Popen[bytes]) -> bool:
    return popen.poll() is None


def _watch(
    these: Sequence[Kafka], running: dict[int, subprocess.Popen[bytes]], directory: Path
) -> NoReturn:
    while True:
        time.sleep(0.5)
        for one in these:
            if running[one.node].poll() is not None:
                _say(f"Broker {one.node} ended; again in {AGAIN_SECONDS:.0f} s")
                time.sleep(AGAIN_SECONDS)
                running[one.node] = begin(one, directory / f"broker-{one.node}.log")
                _say(f"Broker {one.node} is started again (pid {running[one.node].pid})")


def _end(running: dict[int, subprocess.Popen[bytes]]) -> None:
    """All at once: the last one alone has no quorum to say goodbye to."""
    for popen in running.values():
        popen.terminate()
    for popen in running.values():
        try:
            popen.wait(20)
        except subprocess.TimeoutExpired:
            popen.kill()


def _say(line: str) -> None:
    print(line, flush=True)


if __name__ == "__main__":
    sys.exit(main())
