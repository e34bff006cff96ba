"""Independent oracles for what we send: they know the platforms' rules and nothing of our program."""
