"""Links between pages lead to files and headings that there are; every page can be found."""

import re
from itertools import pairwise

import pytest

from tests.docs.pages import PAGES, ROOT, tokens

ELSEWHERE = ("http://", "https://", "mailto:")
OTHERS = sorted(
    str(page.relative_to(ROOT))
    for pattern in ("CHANGELOG.md", "benchmarks/**/*.md", "host/**/*.md")
    for page in ROOT.glob(pattern)
)


def links(page: str) -> list[str]:
    """Targets of all links and pictures of a page."""
    attributes = [token.attrs for token in tokens(page)]
    return [str(each[key]) for each in attributes for key in ("href", "src") if key in each]


def anchors(page: str) -> set[str]:
    """Anchors of the headings of a page, as the site and repositories make them."""
    found = list(tokens(page))
    headings = [after.content for token, after in pairwise(found) if token.type == "heading_open"]
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", [*PAGES, *OTHERS])
def test_links_lead_somewhere(page: str) -> None:
    for link in links(page):
        if link.startswith(ELSEWHERE):
            continue
        path, _, anchor = link.partition("#")
        target = (ROOT / page).parent / path if path else ROOT / page
        assert target.exists(), f"{page}: {link}"
        if anchor:
            assert anchor in anchors(str(target.resolve().relative_to(ROOT))), f"{page}: {link}"


def test_every_page_is_in_the_table_of_contents() -> None:
    index = (ROOT / "docs/index.md").read_text(encoding="utf-8")
    pages = {page.removeprefix("docs/").removesuffix(".md") for page in PAGES if "docs/" in page}
    contents = set(re.findall(r"^[\w./*]+$", index, re.MULTILINE))
    assert pages - {"index"} <= contents
