"""The verbs of registration: load or lock, decide, write rows, say it."""
