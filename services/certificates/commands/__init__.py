"""The verbs of certificates: remember, decide, issue; and what learners and staff ask for."""
