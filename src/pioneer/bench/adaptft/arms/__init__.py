"""The arms: what can be made of a log. `ARMS` has them by name."""

from pioneer.bench.adaptft.arms.base import Arm, Made, Turn
from pioneer.bench.adaptft.arms.foreign import Foreign
from pioneer.bench.adaptft.arms.table import ABLATIONS, ARMS, STANDARD

__all__ = ["ABLATIONS", "ARMS", "STANDARD", "Arm", "Foreign", "Made", "Turn"]
