"""The Telegram adapter: recorded updates, the table of errors, the client against a server on loopback."""
