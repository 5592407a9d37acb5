"""A share of the tests: `--share 1/2` runs those of half of the files, `--share 2/2` the others.

For `make quick` (`testing.quick`): processes that run their shares by themselves collect nothing
twice and report nothing to one another, which with ten thousand short tests is a third of the work.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

import pytest

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
        config.stash[FILES] = frozenset(shares(read, count)[number - 1])


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave out a file of another share. None lets pytest decide."""
    own = config.stash.get(FILES, None)
    if own is None or not collection_path.match("test_*.py"):
        return None
    return None if collection_path in own else True


def files_below(folders: Iterable[Path]) -> dict[Path, int]:
    """Each file of tests, and its size in bytes."""
    return {file: file.stat().st_size for path in folders for file in path.rglob("test_*.py")}


def shares(sizes: Mapping[Path, int], count: int) -> list[set[Path]]:
    """`count` sets of files of nearly equal size: the largest first, each to the lightest set."""
    found: list[set[Path]] = [set() for _ in range(count)]
    weights = [0] * count
    for file in sorted(sizes, key=lambda each: (-sizes[each], each)):
        lightest = weights.index(min(weights))
        found[lightest].add(file)
        weights[lightest] += sizes[file]
    return found
