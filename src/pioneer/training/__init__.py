"""The one training loop, shared by all learners."""

from pioneer.training.loop import Fit, Group, Loss, Plan, train
from pioneer.training.order import Epoch, in_pairs, shuffled

__all__ = ["Epoch", "Fit", "Group", "Loss", "Plan", "in_pairs", "shuffled", "train"]
