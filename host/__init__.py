"""The user's side of chipemu: configuration, networks, running, results and the command line."""
