"""A system that refuses to write, at any call of a whole run: said with its path, and resumable."""

from __future__ import annotations

import errno
import os
import signal

import pytest
from tests.probes.cases import counts, probe_json, random_places
from tests.runs.probe_files import FIND, digest, find, write

from spikelens.errors import WriteFailed

N = 15_000
CODES = [errno.ENOSPC, errno.EIO, errno.EROFS, errno.EFBIG, errno.EDQUOT]
"""Disk full, I/O error, read-only, file too large, quota."""


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write(tmp_path / "rec.bin", counts(N, random_places(N)))
    probe_json(tmp_path / "line.json")
    find(out="whole")
    return tmp_path


class Refusing:
    """Every call that makes, flushes or names a file, of which the n-th is refused."""

    def __init__(self, monkeypatch):
        self.left, self.code = -1, 0
        for name in ("fsync", "replace", "mkdir", "open"):
            monkeypatch.setattr(os, name, self.wrapped(name, getattr(os, name)))

    def wrapped(self, name, real):
        def call(*args, **kwargs):
            if name != "open" or args[1] & os.O_CREAT:
                self.left -= 1
                if self.left == 0:
                    raise OSError(self.code, os.strerror(self.code))
            return real(*args, **kwargs)

        return call


def test_each_write_call_may_be_refused(here, monkeypatch, capsys):
    refusing = Refusing(monkeypatch)
    n_refused = 0
    for n in range(1, 200):
        refusing.left, refusing.code = n, CODES[n % len(CODES)]
        out = f"out{n}"
        code = attempt(out)
        if refusing.left > 0:
            break
        said = capsys.readouterr().err
        refusing.left = -1
        if code:  # To flush a folder may fail: the file is there.
            n_refused += 1
            assert code == WriteFailed.exit_code
            assert os.strerror(refusing.code) in said and out in said and said.count("\n") == 1
            assert not os.path.exists(f"{out}/rec/run.json")
        if n % 5 == 0:
            find("--chunk", "0.5", out=out)
            assert digest(out) == digest("whole") and sorted(os.listdir(out)) == ["rec"]
    assert n_refused >= 12


def attempt(out):
    from spikelens.cli import run

    return run([*FIND, "--quiet", "--engine", "serial", "--chunk", "60", "--out", out])


@pytest.mark.skipif(not hasattr(signal, "SIGXFSZ"), reason="file-size limits are POSIX's")
@pytest.mark.parametrize("limit", [0, 1_000, 3_000])
def test_a_file_size_limit_is_said_and_the_run_resumes(here, capsys, limit):
    import resource

    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, before[1]))
        code = attempt("out")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, ignored)
    said = capsys.readouterr().err
    assert code == WriteFailed.exit_code and "cannot write out" in said and said.count("\n") == 1
    find(out="out")
    assert digest("out") == digest("whole")


@pytest.mark.soak
def test_a_full_disk_is_said_and_the_run_resumes_once_there_is_room(here):
    """On a small file system of its own, where this machine lets one be mounted."""
    import subprocess
    import sys
    from pathlib import Path

    import spikelens

    script = """
set -e
mkdir disk; mount -t tmpfs -o size=24k tmpfs disk || exit 77
find() {
  "$PYTHON" -m spikelens find rec.bin --probe line.json --no-report --quiet --out disk/out --chunk 0.5
}
if find 2> said; then exit 1; fi
mount -o remount,size=16m disk
find
cp -r disk/out out
"""
    ours = os.environ | {"PYTHONPATH": str(Path(spikelens.__file__).parents[1]), "PYTHON": sys.executable}
    done = subprocess.run(["unshare", "--mount", "sh", "-c", script], env=ours, check=False)
    if done.returncode in (77, 1) and not Path("said").exists():
        pytest.skip("this machine lets no file system be mounted here")
    assert done.returncode == 0
    assert "cannot write disk/out" in Path("said").read_text() and "No space left" in Path("said").read_text()
    assert digest("out") == digest("whole")
