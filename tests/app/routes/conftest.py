"""Pages on a real recording and on a small one."""

from __future__ import annotations

import pytest

from spikelens.app.library import Library
from tests.app.serving import Page
from tests.data import recording_file
from tests.factory import make_recording

STEPS = "pyabf/171116sh_0018.abf"


@pytest.fixture
def page(tmp_path):
    library = Library([recording_file(STEPS)], sessions=tmp_path / "sessions", author="ann")
    made = Page(library)
    made.wait()
    yield made
    library.close()


@pytest.fixture
def small(tmp_path):
    """A page on a recording of six spikes in memory."""
    recording = make_recording([2000, 6000, 9000, 12_000, 15_000, 18_000])
    library = Library([recording], sessions=tmp_path / "sessions")
    made = Page(library)
    made.wait()
    yield made
    library.close()
