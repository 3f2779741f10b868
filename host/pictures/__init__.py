"""Pictures of mappings, as SVG text."""

from host.pictures.builder import picture_of
from host.pictures.drawing import draw_mapping
from host.pictures.picture import MachinePicture

__all__ = ["MachinePicture", "draw_mapping", "picture_of"]
