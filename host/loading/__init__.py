"""The parts of the load-time model; `host.load` puts them together."""
