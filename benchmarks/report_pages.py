"""The section of docs/performance.md about the dashboard's pages."""

from collections.abc import Iterator

from benchmarks import results_file
from benchmarks.table import markdown


def sections() -> Iterator[str]:
    """A table of all pages, and what the indexes of calls and turns weigh; nothing unmeasured."""
    result = results_file.read("pages")
    if result is None:
        return
    yield "## Pages of the dashboard\n"
    yield (
        f"At {result['calls']:,} calls in PostgreSQL, four of five of one organization; server "
        f"time of {result['rounds']} requests each, without the socket.\n"
    )
    yield markdown(
        ("page", "p50 ms", "p95 ms", "queries", "slowest query ms"),
        [(name, *page.values()) for name, page in result["pages"].items()],
    )
    sizes = ", ".join(f"`{name}` {size:g}" for name, size in result["index_mib"].items())
    yield f"Indexes of calls and turns in MiB: {sizes}.\n"
