"""One step for all services: `python -m stack.migrate billing attendance …` on their databases.

`<SERVICE>_DATABASE_URL` says where each is, as everywhere. Ends with 1, in words, where a database
was made with the other clock than `SANDBOX` says.
"""

import asyncio
import os
import sys
import traceback
from collections.abc import Sequence

from shared.runtime.migrate import config, upgrade
from stack.mark import mark
from stack.trouble import AWAY, Trouble


def main(services: Sequence[str]) -> int:
    """0 when each is at its head."""
    sandbox = os.environ.get("SANDBOX", "").strip().lower() in {"1", "true", "yes", "on"}
    try:
        for service in services:
            config(service)  # says which URL is missing
            asyncio.run(mark(service, os.environ[f"{service.upper()}_DATABASE_URL"], sandbox))
            upgrade(service)
            print(f"{service} is at its head")
    except Trouble as why:
        print(why, file=sys.stderr)
        return why.code
    except Exception:
        # Python's own 1 would say that a rule refused it.
        traceback.print_exc()
        return AWAY
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
