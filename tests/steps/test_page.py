"""The page on steps: its code runs on a real cell and prints what the page says of it."""

from __future__ import annotations

import re
from pathlib import Path

from tests.data import recording_file

PAGE = Path(__file__).resolve().parents[2] / "docs" / "steps.md"


def test_the_pages_code_runs(tmp_path, monkeypatch, capsys):
    (tmp_path / "cell.abf").write_bytes(recording_file("pyabf/171116sh_0018.abf").read_bytes())
    monkeypatch.chdir(tmp_path)
    (block,) = re.findall(r"```python\n(.*?)```", PAGE.read_text("utf-8"), flags=re.DOTALL)
    exec(compile(block, str(PAGE), "exec"), {})
    assert capsys.readouterr().out == "50 pA, 34.4 ms\n"
    assert "rheobase 50 pA" in PAGE.read_text("utf-8") and "34.4 ms" in PAGE.read_text("utf-8")
