"""Outlines of candidate spikes: aligned and described without units or sampling rate."""

from __future__ import annotations

import numpy as np
from numba import njit

GRID = 1e-4
"""Candidates are described on a grid of this spacing around their peak, s."""
BEFORE, AFTER = 50, 80
"""Grid points before and after the peak."""
PLACES = np.array(
    [-30, -24, -19, -15, -11, -8, -6, -4, -2, 0, 2, 4, 6, 8, 11, 15, 20, 26, 34, 44, 56, 70], np.int64
)
"""Where, on the grid, the waveform of a candidate is kept."""
REACH = np.array([3, 3, 2, 2, 1, 1, 1, 1, 0, 0, 0, 1, 1, 1, 1, 2, 2, 3, 4, 5, 6, 7], np.int64)
"""Grid points to either side over which each kept value is the mean."""
MEASURES = (
    "rise_half rise_1 rise_3 fall_half fall_1 fall_4 upslope downslope sharpness half_width top_width"
    " rise_time fall_time after trough prior_slope rise_over_fall up_over_down step roughness"
    " over_slow slow_over_fast interval before_noise after_noise depolarised later prominence"
).split()
"""Names of the columns that `describe_shapes` fills before the waveform's shape."""


@njit(cache=True, nogil=True)
def _lowest(values, start, stop):
    low = values[start]
    for i in range(start, stop):
        low = min(low, values[i])
    return low


@njit(cache=True, nogil=True)
def _room(n):
    """What `align` works in for a grid of `n` points."""
    return np.empty(n, np.int64), np.empty(n), np.empty((4, n))


@njit(cache=True, nogil=True)
def align(values, top, spacing, room, out):
    """Values on the grid around the parabola's vertex at `top`, by cubic interpolation.

    Every step is done for the whole grid before the next, many points at once; `room` is of `_room`.
    """
    n, (place, part, near) = values.size, room
    a, b, c = values[max(top - 1, 0)], values[top], values[min(top + 1, n - 1)]
    curve = a - 2 * b + c
    shift = 0.0 if curve >= 0 else min(max(0.5 * (a - c) / curve, -0.5), 0.5)
    for k in range(out.size):
        at = min(max(top + shift + (k - BEFORE) * spacing, 0.0), n - 1.0)
        place[k] = min(int(at), n - 2)
        part[k] = at - place[k]
    for k in range(out.size):
        i = place[k]
        # Never negative, and told so: else each is looked at whether it counts from the end.
        near[0, k], near[1, k] = values[np.uint64(max(i - 1, 0))], values[np.uint64(i)]
        near[2, k], near[3, k] = values[np.uint64(i + 1)], values[np.uint64(min(i + 2, n - 1))]
    for k in range(out.size):
        y0, y1, y2, y3, x = near[0, k], near[1, k], near[2, k], near[3, k], part[k]
        out[k] = y1 + 0.5 * x * (
            y2 - y0 + x * (2 * y0 - 5 * y1 + 4 * y2 - y3 + x * (3 * (y1 - y2) + y3 - y0))
        )


@njit(cache=True, nogil=True)
def _log(value, noise):
    return np.log(max(value, 0.1 * noise) / noise)


@njit(cache=True, nogil=True)
def _crossing(grid, level, way):
    """Grid steps from the peak to where the trace falls below `level`, going one way."""
    k = BEFORE
    while 0 <= k + way < grid.size:
        if grid[k + way] < level:
            part = (grid[k] - level) / max(grid[k] - grid[k + way], 1e-30)
            return abs(k - BEFORE) + part
        k += way
    return float(abs(k - BEFORE))


@njit(cache=True, nogil=True)
def _spread(grid, start, stop):
    """Root mean square about a straight line, twice the root mean square second difference's share."""
    total = 0.0
    for k in range(start + 2, stop - 2):
        total += (grid[k] - 0.5 * (grid[k - 2] + grid[k + 2])) ** 2
    return np.sqrt(total / (stop - start - 4))


@njit(cache=True, nogil=True)
def _mean(values, start, stop):
    total = 0.0
    for k in range(start, stop):
        total += values[k]
    return total / (stop - start)


@njit(cache=True, nogil=True)
def _sparse_mean(values, start, stop, every):
    """Mean of every so-many-th sample, those beyond the ends taken as the end."""
    total, n = 0.0, 0
    for i in range(start, stop, every):
        total += values[min(max(i, 0), values.size - 1)]
        n += 1
    return total / max(n, 1)


@njit(cache=True, nogil=True)
def _prominence(values, top, half):
    left = right = values[top]
    i = top
    while i > max(top - half, 0) and values[i] <= values[top]:
        i -= 1
        left = min(left, values[i])
    i = top
    while i < min(top + half, values.size - 1) and values[i] <= values[top]:
        i += 1
        right = min(right, values[i])
    return values[top] - max(left, right)


@njit(cache=True, nogil=True)
def _step(raw, top, reach):
    """The largest change from one sample to the next, and the root mean square second difference."""
    low, high = max(top - reach, 1), min(top + reach + 1, raw.size - 1)
    most, total = 0.0, 0.0
    for i in range(low, high):
        most = max(most, abs(float(raw[i]) - float(raw[i - 1])))
        total += (float(raw[i + 1]) - 2 * float(raw[i]) + float(raw[i - 1])) ** 2
    return most, np.sqrt(total / max(high - low, 1))


@njit(cache=True, nogil=True)
def _slopes(grid):
    """The steepest rise and fall over 0.2 ms, close to the peak."""
    up = down = 0.0
    for k in range(BEFORE - 20, BEFORE + 1):
        up = max(up, grid[k + 1] - grid[k - 1])
    for k in range(BEFORE, BEFORE + 30):
        down = max(down, grid[k - 1] - grid[k + 1])
    return up, down


@njit(cache=True, nogil=True)
def _measure(grid, fast, row):
    """Fill the measures that the grid alone gives."""
    p = grid[BEFORE]
    rise3, fall4 = p - _lowest(grid, BEFORE - 30, BEFORE), p - _lowest(grid, BEFORE + 1, BEFORE + 41)
    size = max(min(rise3, fall4), 0.1 * fast)
    up, down = _slopes(grid)
    row[0], row[1], row[2] = (
        _log(p - grid[BEFORE - 5], fast),
        _log(p - grid[BEFORE - 10], fast),
        _log(rise3, fast),
    )
    row[3], row[4], row[5] = (
        _log(p - grid[BEFORE + 5], fast),
        _log(p - grid[BEFORE + 10], fast),
        _log(fall4, fast),
    )
    row[6], row[7] = _log(up, fast), _log(down, fast)
    row[8] = _log(2 * p - grid[BEFORE - 4] - grid[BEFORE + 4], fast)
    half, top = p - 0.5 * size, p - 0.2 * size
    left, right = _crossing(grid, half, -1), _crossing(grid, half, 1)
    row[9] = np.log(left + right)
    row[10] = np.log(_crossing(grid, top, -1) + _crossing(grid, top, 1))
    row[11], row[12] = np.log(left + 0.1), np.log(right + 0.1)
    base = _mean(grid, 0, 15)
    row[13] = (_mean(grid, BEFORE + 50, BEFORE + 80) - base) / size
    row[14] = (_lowest(grid, BEFORE, grid.size) - base) / size
    row[15] = (grid[BEFORE - 10] - grid[BEFORE - 30]) / size
    row[16] = np.log(max(rise3, 0.1 * fast) / max(fall4, 0.1 * fast))
    row[17] = np.log(max(up, 0.1 * fast) / max(down, 0.1 * fast))
    row[23] = np.log((_spread(grid, 0, 26) + 0.01 * size) / size)
    row[24] = np.log((_spread(grid, BEFORE + 30, BEFORE + 80) + 0.01 * size) / size)
    return size


@njit(cache=True, nogil=True)
def _measure_around(values, raw, top, scales, row):
    """Fill the measures that need more than the grid, or the trace before smoothing."""
    size, fast, slow, rate = scales
    ms = rate * 1e-3
    most, rough = _step(raw, top, int(1.0 * ms) + 1)
    row[18] = np.log((most + 0.1 * fast) / size)
    row[19] = np.log((rough + 0.1 * fast) / size)
    row[20], row[21] = np.log(size / slow), np.log(slow / fast)
    row[22] = np.log(min(max(rate, 1e3), 2e4) * 1e-4)
    every = max(int(ms), 1)
    long_before = _sparse_mean(values, top - int(50 * ms), top - int(5 * ms), every)
    just_before = _sparse_mean(values, top - int(5 * ms), top - int(2.5 * ms), max(every // 2, 1))
    later = _sparse_mean(values, top + int(8 * ms), top + int(30 * ms), every)
    row[25], row[26] = (just_before - long_before) / size, (later - long_before) / size
    row[27] = _log(_prominence(values, top, max(int(5 * ms), 1)), fast)


@njit(cache=True, nogil=True)
def describe_shapes(values, raw, tops, noise, rate, measures, waveforms):
    """Describe candidates by the smoothed and the raw trace around them.

    Parameters
    ----------
    values : float64 array, (n_samples,)
        The smoothed trace; `raw`, float32, is the trace itself.
    tops : int64 array, (n_tops,)
        Samples in `values`.
    noise : tuple of float
        Fast and slow noise level, in the trace's unit, both > 0.
    rate : float, Hz
    measures : float32 array, (n_tops, 28 + n_places), filled
        As `MEASURES`, then the waveform's depth below the peak as a share of its size.
    waveforms : float32 array, (n_tops, n_places), filled
        The waveform at `PLACES`, less its mean before the spike.
    """
    fast, slow = noise
    grid = np.empty(BEFORE + AFTER + 1)
    row, room = np.empty(28), _room(grid.size)
    for k in range(tops.size):
        align(values, tops[k], rate * GRID, room, grid)
        size = _measure(grid, fast, row)
        _measure_around(values, raw, tops[k], (size, fast, slow, rate), row)
        for j in range(28):
            measures[k, j] = row[j]
        base = _mean(grid, BEFORE - 45, BEFORE - 20)
        for j in range(PLACES.size):
            centre, reach = BEFORE + PLACES[j], REACH[j]
            value = _mean(grid, centre - reach, centre + reach + 1)
            waveforms[k, j] = value - base
            measures[k, 28 + j] = min(max((grid[BEFORE] - value) / size, -5.0), 5.0)


@njit(cache=True, nogil=True)
def _down(raw, top, level, way, furthest):
    """Samples from the top to where the trace falls below `level`, going one way; NaN beyond `furthest`."""
    last = float(raw[top])
    for k in range(1, furthest + 1):
        i = top + way * k
        if not 0 <= i < raw.size:
            break
        value = float(raw[i])
        if value < level:
            return k - 1 + (last - level) / (last - value)
        last = value
    return np.nan


@njit(cache=True, nogil=True)
def _width(raw, top, level, furthest):
    return _down(raw, top, level, -1, furthest) + _down(raw, top, level, 1, furthest)


@njit(cache=True, nogil=True)
def flanks(raw, tops, heights, furthest, rises, shares):
    """How long the trace rises, and how much of the width halfway down both its flanks take.

    A rise is from three quarters down to the top; flanks go from a quarter down to three
    quarters. They take nearly all of the width of a bell, more of what decays, and hardly any
    of a box.

    Parameters
    ----------
    raw : float32 array, (n_samples,)
    tops : int64 array, (n_tops,)
        Samples in `raw`.
    heights : float64 array, (n_tops,), > 0
    furthest : int
        Samples to either side in which they must be through.
    rises, shares : float32 arrays, (n_tops,), filled
        Samples, and a share; NaN where a flank ends farther out.
    """
    for k in range(tops.size):
        peak, height = float(raw[tops[k]]), heights[k]
        lower, upper, half = peak - 0.75 * height, peak - 0.25 * height, peak - 0.5 * height
        rises[k] = _down(raw, tops[k], lower, -1, furthest)
        wide = rises[k] + _down(raw, tops[k], lower, 1, furthest)
        shares[k] = (wide - _width(raw, tops[k], upper, furthest)) / _width(raw, tops[k], half, furthest)
