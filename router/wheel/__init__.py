"""A calendar of events for compiled engines: what happens next, in order of time and number."""

from router.wheel.state import lay_wheel, wheel_size

__all__ = ["lay_wheel", "wheel_size"]
