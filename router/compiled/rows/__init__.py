"""Rows of the memory, and the records that tell what happened."""
