"""The platforms: each adapter is two pure translations and one small class that talks to the platform."""
