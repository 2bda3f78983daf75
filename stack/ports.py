"""Ports of this machine: is one free, who holds it, give me one."""

import socket
import time
from collections.abc import Callable

import psutil  # type: ignore[import-untyped]

HOST = "127.0.0.1"


def listening(port: int, host: str = HOST) -> bool:
    """Whether somebody answers at the port."""
    with socket.socket() as probe:
        probe.settimeout(0.5)
        return probe.connect_ex((host, port)) == 0


def free_port() -> int:
    """A port nobody has at this moment."""
    with socket.socket() as one:
        one.bind((HOST, 0))
        return int(one.getsockname()[1])


def taken(port: int) -> bool:
    """Whether binding the port would fail."""
    with socket.socket() as one:
        one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            one.bind((HOST, port))
        except OSError:
            return True
    return False


def holder(port: int) -> str:
    """`name (pid n)` of who listens there, or an empty text where the system does not tell."""
    try:
        for one in psutil.net_connections("tcp"):
            if one.status == psutil.CONN_LISTEN and one.laddr.port == port and one.pid:
                return f"{psutil.Process(one.pid).name()} (pid {one.pid})"
    except (psutil.Error, OSError):
        pass
    return ""


def wait_listening(port: int, seconds: float, alive: Callable[[], bool] = lambda: True) -> bool:
    """Wait until somebody listens; False when time is up or `alive` says no."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if listening(port):
            return True
        if not alive():
            return False
        time.sleep(0.05)
    return False
