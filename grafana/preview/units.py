"""Numbers as Grafana writes them."""

from __future__ import annotations

import math
from datetime import UTC, datetime

TIME = [(31_536_000, "years"), (604_800, "weeks"), (86_400, "days"), (3_600, "hours"), (60, "mins"), (1, "s")]
SMALL_TIME = [(1, "s"), (1e-3, "ms"), (1e-6, "µs"), (1e-9, "ns")]
BYTES = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"]
SHORT = ["", " K", " Mil", " Bil", " Tri"]


def written(value: object, unit: str = "none", decimals: int | None = None) -> str:
    """A value with its unit; anything but a number is itself."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")
    if isinstance(value, bool) or not isinstance(value, int | float):
        return str(value)
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "∞" if value > 0 else "-∞"
    return UNITS[unit](value, decimals)


def number(value: float, decimals: int | None) -> str:
    """With these decimals; else with about three digits that count."""
    if decimals is None:
        size = abs(value)
        decimals = 0 if size >= 100 or value == int(value) else 1 if size >= 10 else 2 if size >= 1 else 4
        text = f"{value:.{decimals}f}"
        return text.rstrip("0").rstrip(".") if "." in text else text
    return f"{value:.{decimals}f}"


def scaled(value: float, decimals: int | None, base: int, names: list[str], space: str) -> str:
    place = 0
    while abs(value) >= base and place < len(names) - 1:
        value, place = value / base, place + 1
    return (
        number(value, None if place == 0 and value == int(value) else decimals)
        + (space if names[place] else "")
        + names[place]
    )


def seconds(value: float, decimals: int | None) -> str:
    size = abs(value)
    if size == 0:
        return "0 s"
    table = TIME if size >= 1 else SMALL_TIME
    factor, name = next(((f, n) for f, n in table if size >= f * 0.9999), table[-1])
    return f"{number(value / factor, decimals)} {name}"


def moment(value: float, _decimals: int | None) -> str:
    """Of milliseconds since 1970."""
    return datetime.fromtimestamp(value / 1000, UTC).strftime("%Y-%m-%d %H:%M:%S")


UNITS = {
    "none": number,
    "short": lambda value, decimals: scaled(value, decimals, 1000, SHORT, ""),
    "percentunit": lambda value, decimals: number(value * 100, decimals if decimals is not None else 1) + "%",
    "s": seconds,
    "bytes": lambda value, decimals: scaled(value, decimals if decimals is not None else 1, 1024, BYTES, " "),
    "reqps": lambda value, decimals: number(value, decimals) + " req/s",
    "ops": lambda value, decimals: scaled(value, decimals, 1000, SHORT, "") + " ops/s",
    "dateTimeAsIso": moment,
}
