"""Routers: which packet is next, and how it is forwarded, waits or is dropped."""
