"""One supervisor at a time."""

import fcntl
from pathlib import Path

from stack.state import not_ours


class Lock:
    """A file lock that ends with its process, however that ends."""

    def __init__(self, path: Path) -> None:
        try:
            self._file = path.open("w")
        except PermissionError as why:
            raise not_ours(path) from why
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            self.taken = True
        except OSError:
            self.taken = False

    def close(self) -> None:
        self._file.close()
