"""From rows processed in time or late to the input of neurons."""
