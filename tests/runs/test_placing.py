from __future__ import annotations

import os

import pytest

from spikelens.errors import OutputExists, WriteFailed
from spikelens.folders import placing
from spikelens.runs.placing import RUN_FILE, finished_run


def test_a_folder_appears_whole_and_replaces_the_old_one(tmp_path):
    folder = tmp_path / "out" / "cell"
    for word in ("first", "second"):
        with placing(folder) as under:
            (under / word).write_text(word)
            assert not (folder / word).exists()
        assert os.listdir(folder) == [word]
    assert os.listdir(folder.parent) == ["cell"]


def test_a_failure_leaves_what_was_there_and_nothing_else(tmp_path):
    folder = tmp_path / "cell"
    folder.mkdir()
    (folder / "old").write_text("old")
    with pytest.raises(KeyboardInterrupt), placing(folder) as under:
        interrupted_write(under)
    assert os.listdir(folder) == ["old"]
    assert os.listdir(tmp_path) == ["cell"]


def interrupted_write(under):
    (under / "new").write_text("half")
    raise KeyboardInterrupt


def test_a_refused_place_is_said(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(WriteFailed, match="cannot write"), placing(tmp_path / "file" / "cell"):
        pass


def test_only_this_very_run_counts_as_done(tmp_path):
    assert finished_run(tmp_path / "none", "key", force=False) is None
    (tmp_path / RUN_FILE).write_text('{"key": "key", "n_spikes": 3}')
    assert finished_run(tmp_path, "key", force=False) == {"key": "key", "n_spikes": 3}
    assert finished_run(tmp_path, "other", force=True) is None
    with pytest.raises(OutputExists, match=r"another input or of other settings.*--force"):
        finished_run(tmp_path, "other", force=False)
    (tmp_path / RUN_FILE).write_text("torn {")
    with pytest.raises(OutputExists, match="holds no run of ours"):
        finished_run(tmp_path, "key", force=False)
