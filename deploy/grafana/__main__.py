"""`python -m deploy.grafana` writes dashboards/*.json, which Grafana reads and a test compares."""

from __future__ import annotations

import json
from pathlib import Path

from deploy.grafana.boards import boards

HERE = Path(__file__).parent / "dashboards"


def written() -> dict[str, str]:
    """The name of each file, and what stands in it."""
    return {
        f"{each['uid'].removeprefix('holdfast-')}.json": json.dumps(
            each, indent=2, ensure_ascii=False
        )
        + "\n"
        for each in boards()
    }


def main() -> None:
    """Write all, and take away what is none any more."""
    files = written()
    for gone in {path.name for path in HERE.glob("*.json")} - files.keys():
        (HERE / gone).unlink()
    for name, text in files.items():
        (HERE / name).write_text(text)


if __name__ == "__main__":
    main()
