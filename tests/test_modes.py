from __future__ import annotations

import pytest

from spikelens.modes import mode_among, mode_of


@pytest.mark.parametrize(
    ("recorded", "command", "mode"),
    [
        ("voltage", "current", "current-clamp"),
        ("current", "voltage", "voltage-clamp"),
        ("current", "current", "unknown"),
        ("voltage", "voltage", "unknown"),
        ("voltage", None, "unknown"),
        ("digital", "current", "unknown"),
    ],
)
def test_a_recorded_and_a_commanded_quantity_tell_the_clamp(recorded, command, mode):
    assert mode_of(recorded, command) == mode


def test_one_channel_that_answers_the_command_is_enough():
    assert mode_among(["other", "current", "voltage"], "voltage") == "voltage-clamp"
    assert mode_among(["current", "other"], "current") == "unknown"
    assert mode_among([], "current") == "unknown"
