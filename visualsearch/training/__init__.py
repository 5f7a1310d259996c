"""How the network learns and how it is measured. As free of Django as `visualsearch.embedding`."""

import os

# Read by torch's OpenMP when torch is first imported. Threads that spin while they wait for one another take the
# processor from the thread they wait for, where the machine has other work.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
