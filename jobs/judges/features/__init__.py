"""What metrics are made of: vectors of CLIP and Inception, faces, small pictures; each computed once and kept."""

from jobs.judges.features.album import Album, Look
from jobs.judges.features.eye import Eye, Seen
from jobs.judges.features.eyes import ClipEye, FaceEye, InceptionEye, TwinEye

__all__ = ["Album", "ClipEye", "Eye", "FaceEye", "InceptionEye", "Look", "Seen", "TwinEye"]
