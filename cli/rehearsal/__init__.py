"""`rehearse`: a session day with made-up people, on the stack that the real one will be on."""
