"""Who is asked, when, and when not."""
