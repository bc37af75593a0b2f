"""The manual's page runs, and what it says of the cell is so."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

PAGE = Path(__file__).resolve().parents[2] / "docs" / "responses.md"


def test_the_page_runs_from_top_to_bottom(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    names: dict[str, object] = {}
    for block in re.findall(r"```python\n(.*?)```", PAGE.read_text("utf-8"), flags=re.DOTALL):
        exec(compile(block, str(PAGE), "exec"), names)
    told = capsys.readouterr().out
    assert "trials of 45 conditions" in told
    assert re.search(r"response +excited", told)
    measures = {k: float(v) for k, v in re.findall(r"^(\w+) +([\d.e+]+)$", told, flags=re.MULTILINE)}
    assert 6000 < measures["best"] < 11_500 and 6500 < measures["centre"] < 10_000
    assert measures["threshold"] in (35.0, 50.0, 65.0) and 33 < measures["half_level"] < 55
    assert {p.name for p in tmp_path.iterdir()} == {"raster.png", "map.png", "latency.png"}
