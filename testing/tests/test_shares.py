"""`make quick` runs every file once, in processes whose shares are alike."""

from pathlib import Path

import pytest

from testing.shares import files_below, shares

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
