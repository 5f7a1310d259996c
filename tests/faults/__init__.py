"""Faults from outside: full disks, killed processes. See docs/operations.md for the scripts that take longer."""
