"""The mixer: several LoRAs folded into a base model's weights, at the base model's own speed."""

from jobs.blending.mixer import Mixer, Part

__all__ = ["Mixer", "Part"]
