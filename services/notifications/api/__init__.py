"""HTTP: the messages of a registration, sending one again, and what templates look like."""
