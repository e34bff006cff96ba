"""Sections that are about no single survey: each reads what it needs and builds what may be shown."""
