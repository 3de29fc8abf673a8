"""The shelf: keeps the last models warm in a worker's process, so that the next request need not load them."""

from __future__ import annotations

import gc
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

from jobs import folder
from storage.settings import MINI

if TYPE_CHECKING:
    import torch

    from jobs.blending import Mixer
    from jobs.captioners.captioner import Captioner
    from jobs.faces.detection import Mtcnn
    from jobs.faces.face_model import FaceModel
    from jobs.families.family import Family
    from jobs.judges.features.clip import Clip
    from jobs.judges.features.inception import Inception
    from storage.tables import Base

MODELS = MINI.parent
"""Where models lie that came with the project or were put beside it."""

ROOM = 6 << 30
"""With fewer free bytes than this on the device, everything else goes before a model is loaded."""

LITTLE = 1 << 30
"""The same for the small models that only look at pictures; a base model need not go for them."""


class Place(NamedTuple):
    """Which model lies on the shelf: what kind it is, and everything that its loading depends on."""

    kind: str
    name: str
    source: str
    dtype: str


class Shelf:
    """One model of each kind (a base model, a captioner, what finds faces, …), the last one asked for.

    Errors of loading are the caller's: nothing is kept then, and the next asking tries again.
    """

    def __init__(self, device: str = "auto") -> None:
        self._asked = device
        self._held: dict[Place, Any] = {}

    @cached_property
    def device(self) -> torch.device:
        """Where models are computed with."""
        from jobs.families import choose_device

        return choose_device(self._asked)

    @property
    def dtype(self) -> torch.dtype:
        """The precision that models draw in: fp16 on a GPU, into which LoRAs fold with less loss than into bf16."""
        from jobs.families import choose_dtype

        return choose_dtype("fp16", self.device)

    def family(self, base: Base) -> Family:
        """The base model with its own weights and no LoRA in them.

        Whoever changes its modules in a way that does not pass calls `drop` afterwards.
        """
        mixer = self.mixer(base)
        mixer.clear()
        return mixer.family

    def mixer(self, base: Base) -> Mixer:
        """The base model in its mixer, with whatever blend was last in it."""
        place = Place("family", f"{base.family} {base.name}", f"{base.source} {base.vae}", str(self.dtype))
        return self._get(place, self._mixer, base)

    def captioner(self, name: str) -> Captioner:
        """The captioner of that name, a file of jobs/captioners."""
        return self._get(Place("captioner", name, "", str(self.dtype)), self._captioner, name)

    def detector(self) -> Mtcnn:
        """What finds faces."""
        return self._get(Place("detector", "mtcnn", "", ""), self._detector, None, LITTLE)

    def faces(self, name: str) -> FaceModel:
        """What tells faces apart, a file of jobs/faces."""
        return self._get(Place("faces", name, "", ""), self._faces, name, LITTLE)

    def judge(self, name: str) -> Clip:
        """The CLIP of that name: the bundled one, a folder among the models, or a path."""
        return self._get(Place("judge", name, "", ""), self._judge, name, LITTLE)

    def inception(self, name: str) -> Inception:
        """The Inception of that name: a folder among the models, or a path."""
        return self._get(Place("inception", name, "", ""), self._inception, name, LITTLE)

    def drop(self) -> None:
        """Let go of everything and give the memory back."""
        self._held.clear()
        give_back(self.device)

    def _get(self, place: Place, load: Any, what: Any, room: int = ROOM) -> Any:
        if place not in self._held:
            for other in [other for other in self._held if other.kind == place.kind]:
                del self._held[other]
            give_back(self.device)
            if self._held and free_memory(self.device) < room:
                self.drop()
            self._held[place] = load(what)
        return self._held[place]

    def _mixer(self, base: Base) -> Mixer:
        from jobs.blending import Mixer
        from jobs.families import load_family

        return Mixer(load_family(base.family, base.source, self.device, self.dtype, base.vae))

    def _captioner(self, name: str) -> Captioner:
        from jobs.captioners.captioner import Captioner

        return folder.find("jobs.captioners", name, Captioner).load(MODELS, self.device, self.dtype)

    def _detector(self, _: None) -> Mtcnn:
        from jobs.faces.detection import Mtcnn

        return Mtcnn(self.device)

    def _faces(self, name: str) -> FaceModel:
        from jobs.faces.face_model import FaceModel

        return folder.find("jobs.faces", name, FaceModel).load(MODELS, self.device)

    def _judge(self, name: str) -> Clip:
        from jobs.judges.features.clip import Clip, place

        return Clip.load(place(name, MODELS), self.device)

    def _inception(self, name: str) -> Inception:
        from jobs.judges.features.inception import Inception, place

        return Inception.load(place(name, MODELS), self.device)


def free_memory(device: torch.device) -> int:
    """Bytes that a new model may take on that device."""
    import psutil
    import torch

    if device.type == "cuda":
        return torch.cuda.mem_get_info(device)[0]
    return psutil.virtual_memory().available


def give_back(device: torch.device) -> None:
    """Return freed memory to the device."""
    import torch

    gc.collect()
    if device.type == "cuda":
        torch.cuda.empty_cache()
