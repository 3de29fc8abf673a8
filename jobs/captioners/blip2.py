"""BLIP-2 with OPT 2.7B: sentences of a language model (15 GB, from the hub; wants a GPU)."""

from transformers import Blip2ForConditionalGeneration, Blip2Processor

from jobs.captioners._blip import Blip


class Blip2(Blip):
    """A picture encoder that whispers 32 tokens to a language model. Li et al. 2023, https://arxiv.org/abs/2301.12597"""

    hub = "Salesforce/blip2-opt-2.7b"
    folder = "blip2-opt-2.7b"
    network = Blip2ForConditionalGeneration
    reader = Blip2Processor
