"""Chaos: all services as processes, a load, and a monkey that breaks what it can.

`python -m tests.chaos` runs it (`make chaos`). `ground.py` is the stack, led through proxies;
`load.py` what people do meanwhile, `ledger.py` what they were told; `faults/` what the monkey may
do; `recovery.py` and `drain.py` how all of it comes to rest; `audit.py` what must then be true.
"""
