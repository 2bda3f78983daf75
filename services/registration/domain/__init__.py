"""The rules of registration, a file a rule (domain.md §1, §2, §4)."""
