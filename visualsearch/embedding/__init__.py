"""Pictures in, unit vectors out. This package imports no Django, no database and no settings."""

import os

# torch's OpenMP reads this when torch is first imported. Threads that spin while they wait take the processor from the
# threads they wait for, and from other processes.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
