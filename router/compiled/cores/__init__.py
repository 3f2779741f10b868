"""Cores: transmit registers with what waits for them, and receive registers."""
