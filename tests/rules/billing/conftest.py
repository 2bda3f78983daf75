"""`make mutants` runs these tests thousands of times: a few examples of a property will do there."""

from hypothesis import settings

settings.register_profile("mutants", max_examples=10, derandomize=True, database=None)
