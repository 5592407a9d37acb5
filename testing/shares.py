"""A share of the tests: `--share 1/2` runs those of half of the files, `--share 2/2` the others.

For `make quick` (`testing.quick`): processes that run their shares by themselves collect nothing
twice and report nothing to one another, which with ten thousand short tests is a third of the work.
A file weighs the seconds that it took in the run before, a new one what its size says.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

import pytest

from testing.quick import KEPT_SECONDS, SHARE_SECONDS

FILES: Final = pytest.StashKey[frozenset[Path]]()  # of the share; not set when all are run


def pytest_addoption(parser: pytest.Parser) -> None:
    """The option."""
    parser.addoption("--share", default="1/1", help="which share of all files: 1/2")


def pytest_configure(config: pytest.Config) -> None:
    """Find the files of the share."""
    number, count = map(int, config.option.share.split("/"))
    if count > 1:
        files = files_below(config.rootpath / name for name in config.getini("testpaths"))
        # What `make quick` never imports has no weight.
        ignored = config.hook.pytest_ignore_collect
        read = {
            file: size
            for file, size in files.items()
            if not ignored(collection_path=file, config=config)
        }
        weighed = weights(read, taken(config.rootpath))
        config.stash[FILES] = frozenset(shares(weighed, count)[number - 1])
        if config.pluginmanager.hasplugin("cacheprovider"):
            config.pluginmanager.register(_Clock(config.cache))


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave out a file of another share. None lets pytest decide."""
    own = config.stash.get(FILES, None)
    if own is None or not collection_path.match("test_*.py"):
        return None
    return None if collection_path in own else True


def files_below(folders: Iterable[Path]) -> dict[Path, int]:
    """Each file of tests, and its size in bytes."""
    return {file: file.stat().st_size for path in folders for file in path.rglob("test_*.py")}


def taken(root: Path) -> dict[Path, float]:
    """The seconds that each file below `root` took, as `testing.quick` has kept them."""
    kept = root / KEPT_SECONDS
    seconds: dict[str, float] = json.loads(kept.read_text()) if kept.exists() else {}
    return {root / name: each for name, each in seconds.items()}


def weights(sizes: Mapping[Path, int], seconds: Mapping[Path, float]) -> dict[Path, float]:
    """What each of `sizes` weighs: its seconds, or as many as files of its size take."""
    known = sizes.keys() & seconds.keys()
    rate = sum(seconds[file] for file in known) / sum(sizes[file] for file in known) if known else 1
    return {file: seconds.get(file, size * rate) for file, size in sizes.items()}


def shares(sizes: Mapping[Path, float], count: int) -> list[set[Path]]:
    """`count` sets of files of nearly equal size: the largest first, each to the lightest set."""
    found: list[set[Path]] = [set() for _ in range(count)]
    filled = [0.0] * count
    for file in sorted(sizes, key=lambda each: (-sizes[each], each)):
        lightest = filled.index(min(filled))
        found[lightest].add(file)
        filled[lightest] += sizes[file]
    return found


class _Clock:
    """Keeps how long each file of the share took, for `testing.quick`."""

    def __init__(self, cache: pytest.Cache) -> None:
        self._cache = cache
        self._seconds: defaultdict[str, float] = defaultdict(float)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self._seconds[report.nodeid.partition("::")[0]] += report.duration

    def pytest_sessionfinish(self, exitstatus: int) -> None:
        if exitstatus in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED):
            self._cache.set(SHARE_SECONDS, dict(self._seconds))
