"""What is said of a finding: its cause, where it is known, and what to do next."""

# kind → (cause where it is known, next step)
WORDS: dict[str, tuple[str | None, str]] = {
    "payment-unknown-here": (
        "The gateway has it, and its webhook was not heard.",
        "It was looked up and is not there: ask the gateway's support with its id.",
    ),
    "payment-unknown-there": (
        None,
        "Look for it in the gateway's list; where it is not there, correct the books.",
    ),
    "payment-of-nobody": (
        "It was made for an invoice that is not known here.",
        "Find out whose it is, or give it back.",
    ),
    "amount-differs": (None, "Compare both amounts in the gateway's list and correct the books."),
    "refund-unknown-here": (
        "It was made at the gateway itself, or its webhook was not heard.",
        "Find out who made it and why.",
    ),
    "refund-unknown-there": (
        None,
        "Look for it in the gateway's list: the learner may not have the money.",
    ),
    "refund-state-differs": (
        "A bank sent it back, or it went through after all.",
        "Look at the refund in the gateway's list; settle it by hand where it is still owed.",
    ),
    "dispute-unknown": (
        "Its webhook was not heard.",
        "Look for it in the gateway's list of disputes and answer it in time.",
    ),
    "dispute-unknown-there": (
        None,
        "Look for it in the gateway's list of disputes; where it is not there, ask its support.",
    ),
    "dispute-differs": (
        "The bank decided, and that was not heard.",
        "Look at the dispute in the gateway's list.",
    ),
    "cash-differs": (None, "Look at the statement of the registration: an entry is missing."),
    "payout-differs": (None, "Compare the payout with the bank's statement; ask the gateway."),
    "paid-not-confirmed": (
        "Registration has not answered the payment.",
        "Look whether registration's consumers are behind or hold a dead letter.",
    ),
    "confirmed-not-paid": (
        None,
        "See that it is paid, or cancel the registration.",
    ),
    "certified-given-back": (
        None,
        "Find out which of the two is right; revoke the certificate where it was not earned.",
    ),
    "certified-not-paid": (None, "See that it is paid, or revoke the certificate."),
    "certificate-of-nobody": (
        "Billing has not heard that this registration was asked for.",
        "Look whether billing's consumers are behind or hold a dead letter.",
    ),
    "expired-with-money": (
        "Only a part was paid; or all, after the hold had ended, and registration did not answer.",
        "Look whether registration is behind, or the rest comes; else give the money back.",
    ),
    "cancelled-not-settled": (
        "The policy does not say what it comes to.",
        "Decide what is given back.",
    ),
    "credit-balance-differs": (None, "Look at the credit's entries; correct its balance."),
    "credit-ledger-differs": (None, "Look at the statement of the registration."),
    "credit-overdue": (
        "The sweep that ends credits has not come to it.",
        "Look at the deadlines of billing.",
    ),
    "number-gap": (None, "Find out which number is missing, and why, before the year is closed."),
    "refund-stuck": (
        "The bank takes its time, or the gateway does not say.",
        "Look at the refund in the gateway's list, or top its balance up.",
    ),
}
