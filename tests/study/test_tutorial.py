from __future__ import annotations

import re
from pathlib import Path

import pytest

PAGE = Path(__file__).resolve().parents[2] / "docs" / "tutorials" / "study-2017.md"


def test_the_tutorial_runs_from_top_to_bottom(capsys: pytest.CaptureFixture[str]) -> None:
    blocks = re.findall(r"```python\n(.*?)```", PAGE.read_text("utf-8"), flags=re.DOTALL)
    assert len(blocks[0].strip().splitlines()) <= 11
    names: dict[str, object] = {}
    for block in blocks:
        exec(compile(block, str(PAGE), "exec"), names)
    said = capsys.readouterr().out.splitlines()
    assert "'f1'" in said[0]
    assert float(said[1]) > 0.9
    here, there = map(float, re.findall(r"F1 (\S+), 12 mV higher (\S+)", said[2])[0])
    assert there < here - 0.2
    here, there = map(float, re.findall(r"F1 (\S+), 12 mV higher (\S+)", said[3])[0])
    assert abs(here - there) < 0.02
    found, true = map(int, re.findall(r"\d+", said[4]))
    assert abs(found - true) < 0.1 * true
    assert names["axes"].lines  # type: ignore[attr-defined]
