"""Whom Postgres runs as: it refuses to run as root, so for root as the user `pgserver`.

That user is made when missing, owns the cluster, and may walk to it and to the binaries.
"""

import os
import pwd
import stat
import subprocess
from pathlib import Path
from typing import TypedDict

from stack.trouble import Trouble

_USER = "pgserver"


class Identity(TypedDict):
    """What a process is started with, by the names that `subprocess` gives it."""

    user: str | None
    group: int | None
    extra_groups: list[int] | None


OURS: Identity = {"user": None, "group": None, "extra_groups": None}


def identity() -> Identity:
    """That user, in no other group; ours where we are not root."""
    user = server_user()
    if user is None:
        return OURS
    return {"user": user, "group": pwd.getpwnam(user).pw_gid, "extra_groups": []}


def server_user() -> str | None:
    """The user Postgres must run as: None = as we are. Made when missing (we are root then)."""
    if os.geteuid() != 0:
        return None
    try:
        pwd.getpwnam(_USER)
    except KeyError:
        done = subprocess.run(
            ["useradd", "--system", "--no-create-home", "--shell", "/usr/sbin/nologin", _USER],
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode not in {0, 9}:
            raise Trouble(
                f"Postgres does not run as root, and the user {_USER} could not be made.",
                f"Make it (useradd --system {_USER}), or run this as an ordinary user.",
            ) from None
    return _USER


def give(path: Path) -> None:
    """Make it that user's own."""
    user = server_user()
    if user is not None:
        entry = pwd.getpwnam(user)
        os.chown(path, entry.pw_uid, entry.pw_gid)


def let_through(path: Path) -> None:
    """Let the other user walk to `path`: execute, and no more, on directories that forbid it."""
    for directory in path.resolve().parents:
        mode = directory.stat().st_mode
        if not mode & stat.S_IXOTH:
            directory.chmod(stat.S_IMODE(mode) | stat.S_IXOTH)
