"""The fonts of everything that is printed: files, and where they are."""

from __future__ import annotations

from pathlib import Path

FONTS = Path(__file__).parent
