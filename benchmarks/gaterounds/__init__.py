"""Rounds of the real `improve` in worlds that try to make it promote harm."""
