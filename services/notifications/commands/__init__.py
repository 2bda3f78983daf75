"""The verbs: hear a fact, decide what is wanted, prepare and record a sending, send again."""
