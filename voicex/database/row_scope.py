"""Which organization's rows the running code may touch; the database enforces it.

A second wall behind the queries' own conditions. Code that works for one organization runs inside
`scoped_to`; PostgreSQL then shows and takes no other organization's rows, whatever the query
says (`voicex.postgresql`). Code outside of it is the platform's own: webhooks, calls, accounting,
operators. SQLite has no such wall.
"""

from collections.abc import AsyncIterable, AsyncIterator, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TypeVar

Item = TypeVar("Item")

# The primary key; None: the platform's own code.
current: ContextVar[int | None] = ContextVar("organization", default=None)


@contextmanager
def scoped_to(org_pk: int) -> Iterator[None]:
    """Run the block for the organization with this primary key. May be nested."""
    token = current.set(org_pk)
    try:
        yield
    finally:
        current.reset(token)


@contextmanager
def platform_wide() -> Iterator[None]:
    """Run the block as the platform's own code, within a scope; say why where it is used."""
    token = current.set(None)
    try:
        yield
    finally:
        current.reset(token)


def each_scoped_to(org_pk: int, items: Iterable[Item]) -> Iterator[Item]:
    """`items` as they come, each made in the scope: for an answer that is streamed."""
    waiting = iter(items)
    while True:
        with scoped_to(org_pk):
            try:
                item = next(waiting)
            except StopIteration:
                return
        yield item


async def async_each_scoped_to(org_pk: int, items: AsyncIterable[Item]) -> AsyncIterator[Item]:
    """`each_scoped_to` of an asynchronous source."""
    waiting = aiter(items)
    while True:
        with scoped_to(org_pk):
            try:
                item = await anext(waiting)
            except StopAsyncIteration:
                return
        yield item
