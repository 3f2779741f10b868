"""Reports: a run or a sweep as one page of HTML that needs nothing beside it."""

from host.report.section import Section

__all__ = ["Section"]
