"""BLIP large: fuller captions of photographs (1.9 GB, from the hub)."""

from jobs.captioners._blip import Blip


class BlipLarge(Blip):
    """Salesforce's BLIP with a ViT-L picture encoder."""

    hub = "Salesforce/blip-image-captioning-large"
    folder = "blip-image-captioning-large"
