"""What is written in docs/: its commands, its pictures, and the site that is made of it."""
