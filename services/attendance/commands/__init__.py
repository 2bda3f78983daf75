"""The verbs of attendance: load or lock, decide, write, say."""
