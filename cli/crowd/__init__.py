"""What a crowd of learners and their meeting platform do through a front door, and what looks on:
for the rehearsal of a session day and for benchmarks."""
