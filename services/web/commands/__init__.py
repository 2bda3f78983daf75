"""The verbs of web: its read models are kept, and operators signed in."""
