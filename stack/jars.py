"""Jars: fetched once through jgo, checked against a lock file beside this, then only looked at.

They are kept in Maven's own local repository (`M2_REPO`, or the one in the home directory), which
every checkout of a machine shares. A download goes to a directory of its own and is moved into
place when its SHA-256 is right, so what an interrupted run leaves behind is never put on a class
path, and what was complete is not fetched again.
"""

import shutil
import time
from collections.abc import Callable
from contextlib import suppress
from os import environ
from pathlib import Path
from queue import Empty, SimpleQueue
from tempfile import mkdtemp
from threading import Event, Thread

from stack.jar_locks import KAFKA, Jar, Program, locked, sum_of
from stack.trouble import Trouble

Say = Callable[[str], None]
_TRIES = 3
_PARALLEL = 8


def class_path(
    marker: Path,
    say: Say = print,
    check: Callable[[], None] = lambda: None,
    of: Program = KAFKA,
) -> str:
    """The class path of a program; downloads what is missing. `marker` remembers what was checked.

    With every jar in place this makes no network call and reads no jar. `check` is called again and
    again during a download, and ends it by raising. Raises `Trouble` where a jar is missing and
    cannot be had.
    """
    jars, home = locked(of), repository()
    paths = [home / jar.path for jar in jars]
    seen = "\n".join([sum_of(of.lock), *map(str, paths)])
    if marker.exists() and marker.read_text() == seen and all(map(_whole, jars, paths)):
        return ":".join(map(str, paths))
    missing = [jar for jar in jars if not _right(jar, home / jar.path)]
    if missing:
        _fetch_all(of, missing, home, say, check)
    marker.parent.mkdir(parents=True, exist_ok=True)
    part = marker.with_suffix(".part")
    part.write_text(seen)
    part.replace(marker)
    return ":".join(map(str, paths))


def repository() -> Path:
    """Maven's local repository."""
    return Path(environ.get("M2_REPO") or Path.home() / ".m2" / "repository")


def _whole(jar: Jar, path: Path) -> bool:
    return path.is_file() and path.stat().st_size == jar.size


def _right(jar: Jar, path: Path) -> bool:
    return _whole(jar, path) and sum_of(path) == jar.sha256


def _fetch_all(
    of: Program, missing: list[Jar], home: Path, say: Say, check: Callable[[], None]
) -> None:
    mib = sum(jar.size for jar in missing) / 2**20
    say(f"Fetching {of.name}: {len(missing)} jars, {mib:.0f} MiB, this once")
    staging = _staging(home)
    waiting: SimpleQueue[Jar] = SimpleQueue()
    fetched: SimpleQueue[Jar | Exception] = SimpleQueue()
    ended = Event()

    def fetch() -> None:
        while not ended.is_set() and not waiting.empty():
            with suppress(Empty):
                jar = waiting.get_nowait()
                try:
                    _fetch(of, jar, home, Path(mkdtemp(dir=staging)))
                except Exception as why:
                    fetched.put(why)
                else:
                    fetched.put(jar)

    for jar in missing:
        waiting.put(jar)
    for _ in range(_PARALLEL):
        # Of the kind that a process does not wait for: a download cannot be called off.
        Thread(target=fetch, daemon=True).start()
    try:
        _all_of(missing, fetched, say, check)
    finally:
        ended.set()
        _clear(staging)


def _all_of(
    missing: list[Jar],
    fetched: "SimpleQueue[Jar | Exception]",
    say: Say,
    check: Callable[[], None],
) -> None:
    """Wait for every jar, saying how far it is; the first that cannot be had ends it."""
    mib = sum(jar.size for jar in missing) / 2**20
    done, step, left = 0.0, 0, len(missing)
    while left:
        check()
        try:
            one = fetched.get(timeout=0.2)
        except Empty:
            continue
        if isinstance(one, Exception):
            raise one
        left -= 1
        done += one.size / 2**20
        if int(done / mib * 4) > step or not left:
            step = int(done / mib * 4)
            say(f"  {done:.0f} of {mib:.0f} MiB")


def _staging(home: Path) -> Path:
    try:
        home.mkdir(parents=True, exist_ok=True)
        return Path(mkdtemp(prefix=".holdfast-", dir=home))
    except OSError as why:
        raise Trouble(
            f"{home} cannot be written ({why.strerror}).",
            "Set M2_REPO to a directory that can be.",
        ) from why


def _clear(staging: Path) -> None:
    """Take it away, though a download that was left to itself may still be writing into it."""
    for _ in range(10):
        shutil.rmtree(staging, ignore_errors=True)
        if not staging.exists():
            return
        time.sleep(0.1)


def _fetch(of: Program, jar: Jar, home: Path, staging: Path) -> None:
    for attempt in range(1, _TRIES + 1):
        try:
            path = _download(jar, staging / str(attempt))
        except Exception as why:
            if attempt == _TRIES:
                raise Trouble(
                    f"{jar.path.name} of {of.name} is not on this machine and could not be "
                    f"fetched ({type(why).__name__}).",
                    f"Check the network and try again: what is complete is kept.{of.instead}",
                ) from why
            continue
        if _right(jar, path):
            (home / jar.path).parent.mkdir(parents=True, exist_ok=True)
            path.replace(home / jar.path)
            return
    raise Trouble(
        f"{jar.path.name} of {of.name} arrived with another checksum than the locked one.",
        "Something between here and the repository changes downloads; try another network.",
    )


def _download(jar: Jar, into: Path) -> Path:
    from jgo.maven import MavenContext  # a second of imports that a warm start does not need

    context = MavenContext(repo_cache=into, timeout=30)
    component = context.project(jar.group, jar.artifact).at_version(jar.version)
    return Path(component.artifact().resolve())
