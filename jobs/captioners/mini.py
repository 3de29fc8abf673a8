"""The bundled BLIP, made for drawings: needs no download."""

from jobs.captioners._blip import Blip


class MiniBlip(Blip):
    """Trained from scratch on the drawings of the mini family."""

    folder = "mini/blip"
