"""Memory of processes as PSS: shared pages count once, divided among those who share them."""

from pathlib import Path

import psutil  # type: ignore[import-untyped]


def pss_mb(pid: int, *, children: bool = True) -> float:
    """PSS of a process, and of its children, in MB (10⁶ bytes); 0 where it cannot be told.

    Where the system has no PSS (not Linux), the memory no other process shares.
    """
    try:
        one = psutil.Process(pid)
        family = [one, *(one.children(recursive=True) if children else [])]
    except psutil.Error:
        return 0.0
    return round(sum(map(_bytes, family)) / 1e6, 1)


def _bytes(process: psutil.Process) -> int:
    rollup = Path(f"/proc/{process.pid}/smaps_rollup")
    try:
        if rollup.exists():
            for line in rollup.read_text().splitlines():
                if line.startswith("Pss:"):
                    return int(line.split()[1]) * 1024
        return int(process.memory_full_info().uss)
    except (OSError, psutil.Error):
        return 0
