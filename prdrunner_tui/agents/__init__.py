"""The agent host process: forkserver, supervision, leases, ending of process trees."""
