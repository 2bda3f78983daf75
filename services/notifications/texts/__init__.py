"""Texts to telephones: the port, who stands behind it, and the words."""
