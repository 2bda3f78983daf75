"""What people agree to beside their registration, word for word.

The wording stands here alone: pages and clients show it, and only who names its version agreed to
it. Whoever changes a word makes a new version; what was agreed to before keeps its own.
"""

from __future__ import annotations

from collections.abc import Mapping

SMS = "sms-1"
"""The version of the wording in force."""

SMS_WORDINGS: Mapping[str, str] = {
    SMS: "Text me at this number about this and my other registrations here: my join link, a "
    "session that is moved or cancelled on short notice, another meeting room, a seat that is kept "
    "for me. At most a few texts a session, at night only if something begins within two hours. "
    "Message and data rates may apply. I can stop them at any time on my page or by answering "
    "STOP; the mails come either way.",
}
"""Version → wording (English, as the pages are). All of these can still be agreed to."""
