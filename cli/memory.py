"""Memory of processes as PSS: shared pages count once, divided among those who share them."""

from pathlib import Path

import psutil  # type: ignore[import-untyped]


def pss_mb(pid: int, *, children: bool = True, own: bool = False) -> float:
    """PSS of a process, and of its children, in MB (10⁶ bytes); 0 where it cannot be told.

    `own`: without what it maps of files, whose share falls when others run the same program. Where
    the system has no PSS (not Linux), the memory no other process shares.
    """
    try:
        one = psutil.Process(pid)
        family = [one, *(one.children(recursive=True) if children else [])]
    except psutil.Error:
        return 0.0
    return round(sum(_bytes(each, "Pss_Anon:" if own else "Pss:") for each in family) / 1e6, 1)


def _bytes(process: psutil.Process, which: str) -> int:
    rollup = Path(f"/proc/{process.pid}/smaps_rollup")
    try:
        if rollup.exists():
            for line in rollup.read_text().splitlines():
                if line.startswith(which):
                    return int(line.split()[1]) * 1024
        return int(process.memory_full_info().uss)
    except (OSError, psutil.Error):
        return 0
