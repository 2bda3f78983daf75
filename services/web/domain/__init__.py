"""What a page needs to know beyond what the owners say: forms, zones, days. Nothing is decided."""
