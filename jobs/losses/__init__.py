"""What a run learns by: one file a loss. Each looks at what the UNet made of a batch and says how wrong it is."""

from jobs.losses.loss import Attempt, Loss, Verdict, When

__all__ = ["Attempt", "Loss", "Verdict", "When"]
