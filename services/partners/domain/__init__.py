"""Rules of partners: what a key may open, and what a partner may send in."""
