"""Where the faces of a picture are."""

from jobs.faces.detection.mtcnn import Face, Mtcnn, framing

__all__ = ["Face", "Mtcnn", "framing"]
