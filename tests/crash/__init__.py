"""A crash between each two steps of everything that acts, as one table: `matrix.py`."""
