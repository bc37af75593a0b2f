"""Small pictures for notebook cells, as SVG: a trace, a raster, waveforms laid over each other."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Any

import numpy as np
from numpy.typing import NDArray

WIDTH, HEIGHT = 640, 96
_GREY, _BLUE = "#666666", "#0072B2"
_MOST_TICKS = 4000
_ROWS_SHOWN = 40


def trace_picture(values: NDArray[np.float32], told: str) -> str:
    """A trace as a band from its smallest to its largest value per column; gaps stay gaps.

    Parameters
    ----------
    values : float array, (n_samples,)
    told : str
        What it is, for people and for screen readers.
    """
    band = _band(values)
    if band is None:
        return ""
    low, high = (float(v) for v in (np.nanmin(band[0]), np.nanmax(band[1])))
    x = np.linspace(0, WIDTH, band.shape[1])
    bars = [
        f"M{at:.1f} {_y(b, low, high) + 0.5:.1f}V{_y(a, low, high) - 0.5:.1f}"
        for at, a, b in zip(x, band[0], band[1], strict=True)
        if np.isfinite(a)
    ]
    return _svg([f'<path d="{"".join(bars)}" stroke="{_GREY}" stroke-width="1.2" fill="none"/>'], told)


def raster_picture(times: NDArray[np.float64], rows: NDArray[Any], n_rows: int, told: str) -> str:
    """A tick per spike, a row per sweep from the top; of very many an even choice.

    Parameters
    ----------
    times : float array, (n_spikes,), 0 to 1
        Share of the longest row.
    rows : int array, (n_spikes,)
    n_rows : int
    told : str
    """
    shown = min(max(n_rows, 1), _ROWS_SHOWN)
    mine = np.flatnonzero(rows < shown)
    some = mine[np.linspace(0, mine.size - 1, min(mine.size, _MOST_TICKS)).astype(np.int64)]
    step = HEIGHT / shown
    ticks = [
        f"M{WIDTH * x:.1f} {row * step + 0.1 * step:.1f}v{0.8 * step:.1f}"
        for x, row in zip(times[some], rows[some], strict=True)
    ]
    return _svg([f'<path d="{"".join(ticks)}" stroke="{_BLUE}" stroke-width="1" fill="none"/>'], told)


def waveforms_picture(waveforms: NDArray[np.float32], told: str) -> str:
    """Waveforms laid over each other in grey, their mean in blue.

    Parameters
    ----------
    waveforms : float array, (n_waveforms, n_samples)
    told : str
    """
    kept = waveforms[np.isfinite(waveforms).all(axis=1)]
    if not kept.size:
        return ""
    low, high = float(kept.min()), float(kept.max())
    lines = [_line(row, (low, high), f'stroke="{_GREY}" stroke-opacity="0.25"') for row in kept]
    lines.append(_line(kept.mean(axis=0), (low, high), f'stroke="{_BLUE}" stroke-width="2"'))
    return _svg(lines, told)


def _band(values: NDArray[np.float32]) -> NDArray[np.float32] | None:
    """Smallest and largest value per column, (2, n_columns); None without a number."""
    if not np.isfinite(values).any():
        return None
    per_column = max(1, -(-values.size // WIDTH))
    padded = np.full(-(-values.size // per_column) * per_column, np.nan, np.float32)
    padded[: values.size] = values
    columns = padded.reshape(-1, per_column)
    low = np.where(np.isfinite(columns), columns, np.inf).min(axis=1)
    high = np.where(np.isfinite(columns), columns, -np.inf).max(axis=1)
    found = np.stack([low, high])
    return np.where(np.isfinite(found), found, np.nan)


def _y(value: float, low: float, high: float) -> float:
    span = high - low or 1.0
    return HEIGHT - 3 - (HEIGHT - 6) * (value - low) / span


def _line(row: NDArray[np.float32], bounds: tuple[float, float], style: str) -> str:
    x = np.linspace(0, WIDTH, row.size)
    points = " ".join(f"{a:.1f},{_y(float(v), *bounds):.1f}" for a, v in zip(x, row, strict=True))
    return f'<polyline points="{points}" fill="none" {style}/>'


def _svg(parts: Sequence[str], told: str) -> str:
    words = escape(told, quote=True)
    return (
        '<figure style="margin:0.5em 0">'
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}"'
        f' style="max-width:100%" role="img" aria-label="{words}">{"".join(parts)}</svg>'
        f'<figcaption style="font-size:smaller">{words}</figcaption></figure>'
    )
