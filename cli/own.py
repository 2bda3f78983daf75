"""Whether an address that somebody names is the stack of this machine."""

from urllib.parse import urlsplit

from stack.state import State

_LOCAL = {"127.0.0.1", "localhost", "::1"}


def is_own(given: str, running: State | None) -> bool:
    """Whether an address is the front door of the stack that is up on this machine: then that is
    meant, with its clock, its databases and its Kafka, which its door tells nobody of."""
    if running is None or not running.supervised or running.phase != "ready":
        return False
    own = urlsplit(running.processes["front door"].url)
    try:
        named = urlsplit(given)
        same = (named.scheme, named.port, named.path) == (own.scheme, own.port, own.path)
    except ValueError:  # no port at all: asking it says so
        return False
    return same and named.hostname in _LOCAL and own.hostname in _LOCAL
