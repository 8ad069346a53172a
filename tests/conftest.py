"""What all tests share: properties are judged by their truth, not by the load of the machine."""

from __future__ import annotations

from hypothesis import settings

settings.register_profile("pioneer", deadline=None)
settings.load_profile("pioneer")
