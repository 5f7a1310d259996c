"""Embed pictures as unit vectors. Imports no Django, database or settings."""

import os

# torch's OpenMP reads this when torch is first imported. Threads that spin while they wait take the processor from the
# threads they wait for, and from other processes.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
