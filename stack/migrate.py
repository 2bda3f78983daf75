"""One step for all services: `python -m stack.migrate billing attendance …` on their databases.

`<SERVICE>_DATABASE_URL` says where each is, as everywhere.
"""

import sys

from shared.runtime.migrate import upgrade

if __name__ == "__main__":
    for service in sys.argv[1:]:
        upgrade(service)
        print(f"{service} is at its head")
