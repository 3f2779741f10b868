"""From rows processed, in time or late, to records."""
