"""How fast windows become pictures, against matplotlib with a new figure each.

python -m benchmarks.pictures
"""

from __future__ import annotations

import time

import numpy as np
from numpy.typing import NDArray

from spikelens.kernels.pictures import pictures

ASKED = 300_000
"""Pictures of 32 x 32 per second and core that were asked for."""


def make_windows(n: int, seed: int = 0) -> NDArray[np.float32]:
    """Windows of 100 samples of wandering noise with a spike in every tenth, V."""
    rng = np.random.default_rng(seed)
    windows = -0.068 + 1e-3 * rng.standard_normal((n, 100)) + 3e-3 * np.sin(rng.uniform(0, 6, (n, 1)))
    windows[::10, 40:57] += 0.040 * np.exp(-0.5 * (np.arange(-8, 9) / 2.0) ** 2)
    return windows.astype(np.float32)


def kernel_rate(windows: NDArray[np.float32], size: int, repeats: int = 5) -> float:
    """Pictures per second of one thread's CPU time, the best of some runs."""
    low, high = float(windows.min()), float(windows.max())
    pictures(windows[:1], low, high, size)
    seconds = []
    for _ in range(repeats):
        start = time.thread_time()
        pictures(windows, low, high, size)
        seconds.append(time.thread_time() - start)
    return len(windows) / min(seconds)


def matplotlib_rate(windows: NDArray[np.float32], size: int) -> float:
    """Pictures per second of CPU time, with a new figure each."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    start = time.thread_time()
    for window in windows:
        figure = Figure(figsize=(size / 100, size / 100), dpi=100)
        figure.add_axes((0, 0, 1, 1)).plot(window, color="black")
        FigureCanvasAgg(figure).draw()
    return len(windows) / (time.thread_time() - start)


def main() -> None:
    windows = make_windows(60_000)
    print(f"{'pictures':>10} {'kernel':>12} {'matplotlib':>12}   per second and core")
    for size in (32, 64):
        slow = matplotlib_rate(windows[:60], size)
        print(f"{size:>4} x {size:<3} {kernel_rate(windows, size):>12,.0f} {slow:>12,.0f}")
    print(f"asked at 32 x 32: {ASKED:,}")


if __name__ == "__main__":
    main()
