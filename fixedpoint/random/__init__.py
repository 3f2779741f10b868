"""Random words, and draws made of them, by integer arithmetic alone."""
