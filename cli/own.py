"""Whether an address that somebody names is the stack of this machine."""

from urllib.parse import urlsplit

from stack.state import State

_LOCAL = {"127.0.0.1", "localhost", "::1"}


def is_own(given: str, running: State | None) -> bool:
    """Whether an address is the front door of the stack that is up on this machine: then that is
    meant, with its clock, its databases and its Kafka, which its door tells nobody of."""
    if running is None or not running.supervised or running.phase != "ready":
        return False
    return _same_door(given, running.processes["front door"].url)


def is_of_this_machine(given: str, known: State | None) -> bool:
    """The same of a stack that is not up yet, or not whole any more: its door need not be there."""
    port = known.facts.get("ports", {}).get("front door") if known is not None else None
    return port is not None and _same_door(given, f"http://127.0.0.1:{port}")


def is_loopback(given: str) -> bool:
    """Whether an address is one of this machine, whoever has it."""
    try:
        return urlsplit(given).hostname in _LOCAL
    except ValueError:
        return False


def _same_door(given: str, door: str) -> bool:
    own = urlsplit(door)
    try:
        named = urlsplit(given)
        same = (named.scheme, named.port, named.path) == (own.scheme, own.port, own.path)
    except ValueError:  # no port at all: asking it says so
        return False
    return same and named.hostname in _LOCAL and own.hostname in _LOCAL
