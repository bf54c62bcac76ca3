"""Files that go with a log: the inspector's layers, a profile, measured times, kernels seen by a profiler."""
