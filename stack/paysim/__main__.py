"""`python -m stack.paysim`."""

from stack.paysim.app import main

main()
