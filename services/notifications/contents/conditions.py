"""What a board's credit still needs, in the reader's language.

Certificates says why in an English sentence with every figure, and that is what an English reader
gets. For others the condition is said in general; the figures are on the learner's page.
"""

from __future__ import annotations

from collections.abc import Mapping

from shared.languages import SOURCE, Tongue, marked

_GENERAL = {
    "course": marked("%(board)s is not a board of this course any more."),
    "declined": marked("You declined this credit. You can take that back on your page."),
    "presenter": marked("%(board)s gives no learner's credit for what you presented yourself."),
    "course_over": marked("The course is not over yet, or its attendance is still being settled."),
    "identity": marked("We do not hold the name that the certificate should be made out to."),
    "profession": marked("%(board)s gives credit to other professions or states than yours."),
    "license_state": marked("We do not know where your licence is from."),
    "confirmed": marked("The registration is not confirmed."),
    "not_cancelled": marked("The registration did not last until the course was over."),
    "paid": marked("The invoice is not paid yet."),
    "dispute": marked("The payment is disputed at the bank."),
    "disclosure": marked("The disclosure now in force is not accepted yet."),
    "approval_period": marked(
        "A session was on a day on which the approval of %(board)s did not hold."
    ),
    "format": marked("%(board)s did not approve the course in the way in which it was held."),
    "attendance": marked("Your time in the sessions is not enough by the rule of %(board)s."),
    "evaluation": marked("The course evaluation is not handed in yet."),
    "post_test": marked("The post-test is not passed yet."),
    "unclaimed": marked("You can claim the credit on your page, for what you took part in."),
}


def reason_of(board: str, unmet: Mapping[str, str], tongue: Tongue) -> str:
    """One condition that is not met; `unmet` is as the fact has it."""
    condition, detail = unmet["condition"], unmet["detail"]
    general = _GENERAL.get(condition)
    if general is not None and (not detail or tongue.language != SOURCE):
        return tongue.say(general, board=board)
    return detail or tongue.say("A condition is not met: %(condition)s.", condition=condition)
