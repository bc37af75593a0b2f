"""What runs over a probe start from."""

import pytest
from tests.probes.cases import counts, probe_json
from tests.runs.probe_files import PLACES, N, write


@pytest.fixture
def here(tmp_path, monkeypatch):
    """A folder with a probe's recording and its geometry."""
    monkeypatch.chdir(tmp_path)
    write(tmp_path / "rec.bin", counts(N, PLACES))
    probe_json(tmp_path / "line.json")
    return tmp_path
