"""One page about one or several evaluations, and the same numbers as Markdown, CSV and JSON."""
