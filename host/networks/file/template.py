"""The network file that users begin with."""

from pathlib import Path

__all__ = ["template_text"]

TEMPLATE = Path(__file__).parents[1] / "template.yaml"


def template_text() -> str:
    """Commented network file of a small balanced network, which runs as it is."""
    return TEMPLATE.read_text(encoding="utf-8")
