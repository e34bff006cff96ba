"""The figures, what is hidden from them, and the pages that carry them."""
