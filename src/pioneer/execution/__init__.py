"""Run trainings: a job goes out as content hashes, a result comes back as content hashes."""
