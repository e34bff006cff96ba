"""What came of it: figures, small-cell suppression, charts, pages and exports."""
