"""The platforms: pure translations, recorded payloads, and real clients against servers on loopback."""
