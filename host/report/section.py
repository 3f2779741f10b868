"""A part of the page: what the modules of the report hand to its frame."""

from typing import NamedTuple

__all__ = ["Section"]


class Section(NamedTuple):
    """One part of a report, with its place in the table of contents.

    Attributes
    ----------
    id : str
        Anchor of the part: lower-case letters, digits and hyphens, unique on the page. What `html`
        gives an ``id`` begins with it, so that no two parts collide.
    title : str
        Heading, plain text.
    html : str
        What follows the heading: finished HTML, names of the user's escaped already.
    lead : str
        One or two sentences under the heading that say what is seen and how to read it; plain text.
    """

    id: str
    title: str
    html: str
    lead: str = ""
