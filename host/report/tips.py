"""Tooltips of pictures as those of the page."""

import re

__all__ = ["with_page_tips"]

TITLED = re.compile(r"(<(?!svg\b)\w+[^<>]*)><title>([^<]*)</title>")


def with_page_tips(svg: str) -> str:
    """`svg` with the tooltips that browsers show on hovering made those of the page.

    The page shows them at once and to the keyboard, too. The title of the picture itself stays.
    """
    return TITLED.sub(lambda m: f'{m[1]} data-tip="{m[2].replace(chr(34), "&quot;")}">', svg)
