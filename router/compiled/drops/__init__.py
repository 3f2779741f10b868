"""The drop register, and the reinjector that sends dropped packets again."""
