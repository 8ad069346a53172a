"""How much memory a process has taken."""

from __future__ import annotations

import subprocess
import sys

from pioneer.execution.memory import childrens_peak_mb

ASKED = "from pioneer.execution.memory import peak_mb; print(peak_mb())"


def test_what_a_process_has_held_is_known_when_it_is_gone() -> None:
    held = "held = bytearray(300_000_000); held[::4096] = b'x' * len(held[::4096]); del held; "
    told = subprocess.run([sys.executable, "-c", held + ASKED], capture_output=True, check=True)
    assert 300 < float(told.stdout) < 500
    assert childrens_peak_mb() >= float(told.stdout)


def test_a_process_does_not_count_what_its_parent_held() -> None:
    held = bytearray(400_000_000)
    held[::4096] = b"x" * len(held[::4096])
    told = subprocess.run([sys.executable, "-c", ASKED], capture_output=True, check=True).stdout
    assert 5 < float(told) < 300
