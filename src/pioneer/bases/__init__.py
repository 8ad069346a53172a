"""Where base weights come from: a name, a local folder or a hub id in, verified files out."""

from pioneer.bases.base import Base
from pioneer.bases.cache import cache_dir
from pioneer.bases.pins import PINS, Pin
from pioneer.bases.resolve import Listed, list_bases, located, pull, resolve

__all__ = [
    "PINS",
    "Base",
    "Listed",
    "Pin",
    "cache_dir",
    "list_bases",
    "located",
    "pull",
    "resolve",
]
