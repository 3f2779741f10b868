"""Trees of any router made shorter, path by path."""

from mapping.route.steiner.improve import improve, improved

__all__ = ["improve", "improved"]
