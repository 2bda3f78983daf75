"""At most so many in so many seconds for each key; counted in this process, forgotten with it."""

from __future__ import annotations

from collections import OrderedDict, deque
from ipaddress import ip_address, ip_network
from math import ceil


def asker(address: str) -> str:
    """Who it is that asks from an address: of IPv6 its network of 64 bits, for whoever has one
    address there has all of them; of an IPv4 address written as IPv6 that one. What is no address
    is itself."""
    try:
        read = ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if read.version == 4:
        return str(read)
    mapped = read.ipv4_mapped
    return str(mapped or ip_network((read, 64), strict=False))


class RateLimit:
    """`remembered` is how many keys are counted at a time: the one used longest ago is forgotten.

    Keys are kept as they are given: whoever must not keep an address gives a digest of it.
    """

    def __init__(self, most: int, seconds: float, remembered: int = 10_000) -> None:
        self._most, self._seconds, self._remembered = most, seconds, remembered
        self._seen: OrderedDict[str, deque[float]] = OrderedDict()

    def is_full(self, key: str, now: float) -> bool:
        """Whether the next one would be too many; counts nothing."""
        times = self._seen.get(key, ())
        return sum(at > now - self._seconds for at in times) >= self._most

    def wait(self, key: str, now: float, most: int | None = None) -> int:
        """Whole seconds until the next one is not too many; 0 where it is not now."""
        times = [at for at in self._seen.get(key, ()) if at > now - self._seconds]
        over = len(times) - (most or self._most)
        return max(1, ceil(times[over] + self._seconds - now)) if over >= 0 else 0

    def allows(self, key: str, now: float, most: int | None = None) -> bool:
        """Count one more, unless there were too many of late; `now` in seconds of any clock, `most`
        where this key has a bound of its own."""
        times = self._seen.setdefault(key, deque())
        self._seen.move_to_end(key)
        while times and times[0] <= now - self._seconds:
            times.popleft()
        if len(times) >= (most or self._most):
            return False
        times.append(now)
        if len(self._seen) > self._remembered:
            self._seen.popitem(last=False)
        return True
