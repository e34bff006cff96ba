"""The pure conversation: a step takes a session and an event and returns a session and effects."""
