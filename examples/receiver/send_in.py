"""Sends one registration in: `python -m examples.receiver.send_in COURSE ID NAME EMAIL DISCLOSURE`.

`HOLDFAST_URL` is the front door, `HOLDFAST_PARTNER_KEY` the partner's key, and
`HOLDFAST_PARTNER_SECRET` what it signs with, where a secret was made for it. ID is yours, once for
each line: run it twice, and the line is a duplicate. DISCLOSURE is the version they accepted.
"""

from __future__ import annotations

import os
import sys
import uuid

from holdfast_client import Holdfast, Result
from holdfast_client.models import Attendee, RegistrationLine


def send_in(
    holdfast: Holdfast, course_id: str, line_id: str, name: str, email: str, disclosure: str
) -> Result:
    """What became of it. Each call is a request of its own, so it has a key of its own; the tries
    of one call share it."""
    line = RegistrationLine(
        id=line_id,
        course_id=course_id,
        attendee=Attendee(name=name, email=email),
        disclosure_version=disclosure,
    )
    [result] = holdfast.send([line], key=uuid.uuid4().hex)
    return result


if __name__ == "__main__":
    if len(sys.argv) != 6:
        sys.exit(__doc__)
    url, key = os.environ["HOLDFAST_URL"], os.environ["HOLDFAST_PARTNER_KEY"]
    with Holdfast(url, key, secret=os.environ.get("HOLDFAST_PARTNER_SECRET")) as door:
        became = send_in(door, *sys.argv[1:])
    print(became.status, became.detail)
    sys.exit(became.refused)
