"""Versions at work: load, answer, evaluate, export."""
