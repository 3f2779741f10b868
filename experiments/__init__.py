"""Studies of one question each; they use `host` alone, as a user's script would."""
