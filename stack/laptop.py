"""The secrets that Compose falls back to: published, so good for one laptop and for nothing else.

`python -m stack.laptop` (Compose's first one-shot job) ends with 1 where others can reach the front
door, by `PUBLIC_URL`, and one of them is still in use: then nothing else starts.
"""

import os
import sys
from collections.abc import Mapping

from shared.runtime.here import is_here

# As docker-compose.yml has them; a test compares.
SECRETS = {
    "PLATFORM_SECRET": "a-secret-for-a-laptop-change-it",
    "OPERATOR_KEY_HASH": "aad575aee11dcff454ee944d8ed1dfdcf9aa1433c9b7f2dabe3a75885e6765d8",
    "PAYSIM_API_KEY": "gateway-of-a-laptop",
    "PAYSIM_WEBHOOK_SECRET": "webhooks-of-a-laptop",
    "POSTGRES_PASSWORD": "postgres",
    "SERVICES_PASSWORD": "services",
}


def still_published(environment: Mapping[str, str]) -> list[str]:
    """The names of the secrets that anybody can read in this repository, or that are empty."""
    return [name for name, known in SECRETS.items() if environment.get(name, "") in {"", known}]


def refusal(environment: Mapping[str, str]) -> str:
    """Why this must not start, in words; an empty text where it may."""
    public, names = environment.get("PUBLIC_URL", ""), still_published(environment)
    if not names or is_here(public):
        return ""
    return (
        f"PUBLIC_URL is {public or 'empty'}, and these still have the published values of a "
        f"laptop: {', '.join(names)}.\n"
        "Anybody could act as an operator. Set them in .env (.env.example says how), or leave "
        "PUBLIC_URL out."
    )


def main() -> int:
    """0 where it may start."""
    said = refusal(os.environ)
    if said:
        print(said, file=sys.stderr)
    return 1 if said else 0


if __name__ == "__main__":
    sys.exit(main())
