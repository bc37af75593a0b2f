from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

# Kernels compile when first called, and shared machines stall: time proves nothing here.
settings.register_profile("spikelens", deadline=None, max_examples=60)
settings.load_profile("spikelens")


def pytest_configure(config: pytest.Config) -> None:
    """Forget compiled kernels older than any kernel: numba sees a change in its own file only."""
    kernels = Path(__file__).resolve().parents[1] / "src" / "spikelens" / "kernels"
    newest = max(source.stat().st_mtime for source in kernels.glob("*.py"))
    if not hasattr(config, "workerinput"):
        for compiled in (kernels / "__pycache__").glob("*.nb[ci]"):
            if compiled.stat().st_mtime < newest:
                compiled.unlink(missing_ok=True)


@pytest.fixture(autouse=True)
def _no_figures_left() -> Iterator[None]:
    """Once anything has loaded pyplot, figures are its own, and it warns of more than 20."""
    yield
    if "matplotlib.pyplot" in sys.modules:
        sys.modules["matplotlib.pyplot"].close("all")


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    """In CI a test that skips because something is absent fails; peers' environments are excused."""
    outcome = yield
    report = outcome.get_result()  # type: ignore[attr-defined]
    lacking = report.skipped and "absent" in str(report.longrepr)
    if lacking and os.environ.get("REQUIRE_ALL") and not item.get_closest_marker("peers"):
        report.outcome = "failed"
        report.longrepr = f"REQUIRE_ALL is set, and this was skipped: {report.longrepr}"
