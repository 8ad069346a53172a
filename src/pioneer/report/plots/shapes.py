"""One shape per search operator, so that colour is never the only sign."""

from __future__ import annotations

import math

from markupsafe import Markup

from pioneer.report.plots.svg import element, number

_CORNERS = {"expand": 4, "evolve": 4, "fuse": 6}
_TURN = {"expand": 45.0, "evolve": 0.0, "fuse": 0.0}
_GROWTH = {"expand": 1.2, "evolve": 1.16, "fuse": 1.08}
"""Polygons need a larger radius than the circle to look as large."""


def shape(operator: str, x: float, y: float, radius: float, class_: str) -> Markup:
    """draft: circle, expand: square, evolve: diamond, fuse: hexagon, any other: circle."""
    corners = _CORNERS.get(operator)
    if corners is None:
        return element("circle", cx=x, cy=y, r=radius, class_=class_)
    reach = radius * _GROWTH[operator]
    angles = [math.radians(_TURN[operator] + 360 * corner / corners) for corner in range(corners)]
    points = " ".join(
        f"{number(x + reach * math.cos(angle))},{number(y + reach * math.sin(angle))}"
        for angle in angles
    )
    return element("polygon", points=points, class_=class_)
