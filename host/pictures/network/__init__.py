"""Pictures of networks in the notation of Senk et al. 2022 (PLoS Comput. Biol. 18:e1010086)."""

from host.pictures.network.diagram import draw_network
from host.pictures.network.gather import NetworkPicture, gather
from host.pictures.network.matrix import draw_matrix

__all__ = ["NetworkPicture", "draw_matrix", "draw_network", "gather"]
