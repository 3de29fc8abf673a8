"""BLIP base: short captions of photographs (1 GB, from the hub)."""

from jobs.captioners._blip import Blip


class BlipBase(Blip):
    """Salesforce's BLIP with a ViT-B picture encoder."""

    hub = "Salesforce/blip-image-captioning-base"
    folder = "blip-image-captioning-base"
