"""How numbers read, everywhere in a report: one place, so that they read alike."""

from __future__ import annotations

import math
from datetime import datetime, timedelta

from pioneer.report.record import Interval

NONE = "–"
_SPACE = "\u00a0"
_MINUS = "\u2212"


def percent(value: float | None, digits: int = 1) -> str:
    """0.934 -> `93.4 %`; a dash where there is nothing to show."""
    return NONE if _missing(value) else f"{bare(value, digits)}{_SPACE}%"


def bare(value: float | None, digits: int = 1) -> str:
    """0.934 -> `93.4`, for places where the unit stands elsewhere."""
    if value is None or _missing(value):
        return NONE
    return f"{100 * value:.{digits}f}".replace("-", _MINUS)


def interval(ci95: Interval | None) -> str:
    """(0.919, 0.946) -> `91.9–94.6 %`."""
    return NONE if ci95 is None else f"{bare(ci95[0])}–{bare(ci95[1])}{_SPACE}%"


def points(value: float | None) -> str:
    """A difference of scores: 0.031 -> `+3.1 points`."""
    if value is None or _missing(value):
        return NONE
    shown = f"{abs(100 * value):.1f}"
    sign = _MINUS if value < 0 and float(shown) else "+" if float(shown) else "±"
    return f"{sign}{shown}{_SPACE}points"


def points_interval(ci95: Interval | None) -> str:
    """(0.012, 0.05) -> `+1.2 to +5.0 points`."""
    if ci95 is None:
        return NONE
    return f"{points(ci95[0]).split(_SPACE)[0]} to {points(ci95[1])}"


def count(value: float | None) -> str:
    """4500 -> `4,500`."""
    return NONE if value is None or _missing(value) else f"{round(value):,}"


def plural(value: int, noun: str) -> str:
    """(1, row) -> `1 row`; (2, row) -> `2 rows`."""
    return f"{count(value)}{_SPACE}{noun}{'' if value == 1 else 's'}"


def duration(seconds: float | None) -> str:
    """`0.4 s`, `42 s`, `8 min 12 s`, `1 h 02 min`."""
    if seconds is None or _missing(seconds):
        return NONE
    if seconds < 9.95:
        return f"{seconds:.1f}{_SPACE}s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole}{_SPACE}s"
    if whole < 3600:
        return f"{whole // 60}{_SPACE}min {whole % 60:02d}{_SPACE}s"
    minutes = round(seconds / 60)
    return f"{minutes // 60}{_SPACE}h {minutes % 60:02d}{_SPACE}min"


def memory(megabytes: float | None) -> str:
    """`812 MB`, `1.4 GB`."""
    if megabytes is None or _missing(megabytes):
        return NONE
    if megabytes < 999.5:
        return f"{megabytes:.0f}{_SPACE}MB"
    return f"{megabytes / 1000:.1f}{_SPACE}GB"


def p_value(p: float | None) -> str:
    """`p = 0.031`, `p < 0.001`."""
    if p is None or _missing(p):
        return NONE
    sign, shown = ("<", 0.001) if p < 0.001 else ("=", p)
    return f"p{_SPACE}{sign}{_SPACE}{shown:.3f}"


def metric(name: str) -> str:
    """macro_f1 -> `macro F1`; recall:spam -> `recall of spam`."""
    measure, _, label = name.partition(":")
    shown = measure.replace("_", " ").replace("f1", "F1")
    return f"{shown} of {label}" if label else shown


def moment(iso: str) -> str:
    """2026-03-02T10:13:40+00:00 -> `2026-03-02 10:13:40 UTC`; anything else stays as it is."""
    try:
        time = datetime.fromisoformat(iso)
    except ValueError:
        return iso
    return f"{time:%Y-%m-%d %H:%M:%S}{' UTC' if time.utcoffset() == timedelta(0) else ''}"


def sentence(text: str) -> str:
    """With a capital and a full stop, to stand between other sentences."""
    text = text.strip()
    if not text:
        return ""
    return f"{text[0].upper()}{text[1:]}{'' if text[-1] in '.!?:…' else '.'}"


def last_part(name: str) -> str:
    """`/data/shop/mail.csv` -> `mail.csv`; hub ids stay whole."""
    return name if ":" in name else name.rstrip("/\\").replace("\\", "/").rpartition("/")[2]


def setting(value: object) -> str:
    """A hyperparameter as one would type it."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:g}"
    return NONE if value is None else str(value)


def _missing(value: float | None) -> bool:
    return value is None or not math.isfinite(value)
