"""The conversation and the program: engine, use cases, delivery, command line."""
