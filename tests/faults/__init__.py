"""External faults: full disks, killed processes, slow clients, hostile pictures."""
