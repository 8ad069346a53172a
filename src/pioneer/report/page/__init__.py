"""The HTML page: templates, style and the plots that stand in it."""
