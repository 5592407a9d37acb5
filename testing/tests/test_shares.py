"""`make quick` runs every file once, in processes whose shares are alike."""

import signal
import sys
from pathlib import Path

import pytest

from testing.quick import main
from testing.shares import files_below, shares, taken, weights

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("count", [1, 2, 3])
def test_every_file_is_in_one_share_and_none_is_much_larger(count, request):
    sizes = files_below(ROOT / name for name in request.config.getini("testpaths"))
    assert Path(__file__) in sizes
    found = shares(sizes, count)
    assert sorted(file for share in found for file in share) == sorted(sizes)
    weights = [sum(sizes[file] for file in share) for share in found]
    assert max(weights) - min(weights) < max(sizes.values())
    assert shares(dict(reversed(sizes.items())), count) == found  # however they are listed


def test_a_file_weighs_what_it_took_and_a_new_one_what_its_size_says():
    quick, slow, new = Path("test_quick.py"), Path("test_slow.py"), Path("test_new.py")
    assert weights({quick: 300, slow: 100, new: 200}, {quick: 1.0, slow: 7.0}) == {
        quick: 1.0,
        slow: 7.0,
        new: 4.0,  # 20 ms a byte
    }
    assert weights({quick: 300, new: 200}, {}) == {quick: 300, new: 200}


def test_what_files_took_is_known_to_the_next_run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert taken(tmp_path) == {}
    # In place of pytest: each share says how long its file took.
    share = """
import json, pathlib, sys
number = sys.argv[1].removeprefix("--share=")[0]
kept = pathlib.Path(sys.argv[3].removeprefix("cache_dir="), "v", "quick", "seconds")
kept.parent.mkdir(parents=True)
kept.write_text(json.dumps({f"test_{number}.py": int(number)}))
"""
    before = signal.getsignal(signal.SIGTERM)
    try:
        assert main(2, (sys.executable, "-c", share)) == 0
    finally:
        signal.signal(signal.SIGTERM, before)
    assert taken(tmp_path) == {tmp_path / "test_1.py": 1, tmp_path / "test_2.py": 2}
