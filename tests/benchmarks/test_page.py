"""The page's benchmark runs, and measures what it says."""

from __future__ import annotations

from pathlib import Path

import page
import pytest
import viewer
from tests.app.browser import browser


def test_it_measures_views_pans_and_edits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(page, "N_VIEWS", 4)
    monkeypatch.setattr(page, "PAN_SECONDS", 0.3)
    monkeypatch.setattr(page, "N_SPIKES", 500)
    with viewer.recording_of(400_000) as recording, browser() as chrome:
        rows = page.measure(recording, tmp_path, chrome)
    assert len({row.name for row in rows}) == 11
    assert all(row.value > 0 for row in rows)
