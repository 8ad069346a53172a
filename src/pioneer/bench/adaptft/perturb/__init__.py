"""What befalls a text on its way into a log: 33 kinds, their rates, and what each one means.

from pioneer.bench.adaptft.perturb import Stock, bank, perturbed

perturbed("how do i get there", "row 7", Stock(bank("a"), others=["is it far"]), poison=0.25)
"""

from pioneer.bench.adaptft.perturb.drawing import Perturbed, perturbed, scaled
from pioneer.bench.adaptft.perturb.kinds import KINDS, OF_GENERATION, Action, Harm, Kind, Said
from pioneer.bench.adaptft.perturb.page import table
from pioneer.bench.adaptft.perturb.stock import Bank, Stock, bank

__all__ = [
    "KINDS", "OF_GENERATION", "Action", "Bank", "Harm", "Kind", "Perturbed", "Said", "Stock",
    "bank", "perturbed", "scaled", "table",
]  # fmt: skip
