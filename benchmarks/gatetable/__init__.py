"""The gate table: planted candidates, and how often the gate lets them pass."""
