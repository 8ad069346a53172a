"""Plots as inline SVG: pure functions from values to markup; colours live in page/style.css."""
