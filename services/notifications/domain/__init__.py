"""Rules of messages: which are wanted, when, until when, and what a mail server's answer means."""
