"""The verbs of partners."""
