"""What processes take of memory and of the processors, as Linux tells it: PSS counts what is shared
once."""

from __future__ import annotations

import contextlib
import os
from collections import defaultdict
from pathlib import Path

PROC = Path("/proc")
MIB = 1024


class Watch:
    """The most that was seen of each, in MiB: (PSS, RSS), of a process or of a whole family."""

    def __init__(self) -> None:
        self.most: dict[str, tuple[int, int]] = {}
        self.own: dict[str, int] = {}  # what is of no file: its share falls with no other process

    def look(self, alone: dict[str, int], families: dict[str, int]) -> None:
        """Now, by name and process id; of a family its eldest is named."""
        for name, pid in alone.items():
            self._seen(name, [pid])
        if families:
            young = _children()
            for name, pid in families.items():
                self._seen(name, _family(pid, young))

    def _seen(self, name: str, pids: list[int]) -> None:
        pss = rss = own = 0
        for pid in pids:
            with contextlib.suppress(OSError, ValueError):  # it has ended, or is not ours to see
                found = {
                    line.split()[0]: int(line.split()[1])
                    for line in (PROC / str(pid) / "smaps_rollup").read_text().splitlines()[1:]
                }
                pss, rss = pss + found["Pss:"] // MIB, rss + found["Rss:"] // MIB
                own += found["Pss_Anon:"] // MIB
        before = self.most.get(name, (0, 0))
        self.most[name] = max(before[0], pss), max(before[1], rss)
        self.own[name] = max(self.own.get(name, 0), own)


def seconds(eldest: int) -> float:
    """Of processors, that a process and all that came of it have taken until now."""
    taken = 0
    for pid in _family(eldest, _children()):
        with contextlib.suppress(OSError):
            told = (PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
            taken += sum(map(int, told[11:15]))  # its own, and of its children that have ended
    return taken / os.sysconf("SC_CLK_TCK")


def _children() -> dict[int, list[int]]:
    young: dict[int, list[int]] = defaultdict(list)
    for each in PROC.iterdir():
        if each.name.isdigit():
            with contextlib.suppress(OSError):
                parent = (each / "stat").read_text().rpartition(")")[2].split()[1]
                young[int(parent)].append(int(each.name))
    return young


def _family(eldest: int, young: dict[int, list[int]]) -> list[int]:
    found = [eldest]
    for one in found:
        found += young[one]
    return found
