"""Where the faces of a picture are."""

from jobs.faces.detection.mtcnn import Face, Mtcnn, framing
from jobs.faces.detection.sizes import largest, look

__all__ = ["Face", "Mtcnn", "framing", "largest", "look"]
