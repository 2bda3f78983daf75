"""`bin/holdfast demo`: the reference course of autumn 2020, lived through in a minute or two.

`learners.py` says who comes, `expected.py` what must come out (written by hand), `story.py` what
happens, `watched.py` what came out. The story knows the system from outside only: its front door,
its clock, its mailbox, its gateway.
"""
