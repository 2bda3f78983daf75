"""The seeded simulation: whole courses, lived through by all services in one process.

The real commands, handlers, sweeps and relays on real Postgres, under one scheduler and one clock
that only it moves; `log.py` stands for Kafka, `gateway.py`, `mail.py`, `platform.py` and `press.py`
for the world outside. A `Story` (`story.py`) is a list of steps drawn from a seed, and is all there
is to a history: the same story gives the same history, byte for byte (`trace.py`), one that breaks
something is shrunk to the steps that it needs (`shrink.py`), and may be told again.

    python -m tests.simulation 7            one history, told
    python -m tests.simulation 7 10000      so many from that seed on, with progress

    story     what is to happen: the steps of a seed
    world     all services with the world outside, and one step after another
    service   one service's process: its loops by hand, its death, its successor
    working   what the loops do in a step, and how they are killed
    abreast   two transactions of a service at once, by connections that stop (gates)
    befalling what else befalls them: events given again, days of silence
    learners, operators, people, classroom, certified, money, partners   what is done, over HTTP
    moments   what must be true all the time
    rest      the end: everything arrives, everybody comes back, the months go by
    holds     what must be true then: agreed and copies (one service beside another), judged (money
              beside the policy's own words), letters (whom was to be told what)
    floors    how often each fault and each act must have happened
"""
