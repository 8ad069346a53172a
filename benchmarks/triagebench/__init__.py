"""Logs with known poison, for tuning triage and for measuring it."""
