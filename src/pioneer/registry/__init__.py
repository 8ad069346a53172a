"""Versions of models: what they are, where they came from, which one is served."""
