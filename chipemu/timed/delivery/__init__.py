"""From records of rows processed to ring buffers."""
