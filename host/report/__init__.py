"""Reports: a run or a sweep as one page of HTML that needs nothing beside it.

A section is a function from results to a `Section`, or None if there is nothing to tell; each has
its module. `host.report.page` puts them into the frame. ``docs/report.md`` tells what each section
shows and where its figures come from.
"""

from host.report.run import render_run
from host.report.section import Section
from host.report.sweep import render_sweep

__all__ = ["Section", "render_run", "render_sweep"]
