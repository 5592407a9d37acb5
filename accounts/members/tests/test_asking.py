"""Few page requests wait for servers that organizations name, of one organization fewer still."""

from contextlib import ExitStack

import pytest
from django.utils import timezone

from accounts.members import asking
from accounts.members.asking import ServersBusy, place_to_ask
from accounts.models import Organization


def org(pk: int, *, is_proven: bool = True) -> Organization:
    return Organization(pk=pk, proven_at=timezone.now() if is_proven else None)


def test_one_organization_leaves_places_to_the_others():
    with ExitStack() as asked:
        for _ in range(asking.OF_ONE):
            asked.enter_context(place_to_ask(org(1)))
        with pytest.raises(ServersBusy, match="Try again in a moment"):
            asked.enter_context(place_to_ask(org(1)))
        asked.enter_context(place_to_ask(org(2)))
    with place_to_ask(org(1)):
        pass


def test_all_that_are_not_proven_have_as_many_as_one():
    with ExitStack() as asked:
        for pk in range(asking.OF_ONE):
            asked.enter_context(place_to_ask(org(pk, is_proven=False)))
        with pytest.raises(ServersBusy):
            asked.enter_context(place_to_ask(org(9, is_proven=False)))


def test_all_together_leave_threads_to_other_pages():
    with ExitStack() as asked:
        for pk in range(asking.AT_ONCE):
            asked.enter_context(place_to_ask(org(pk)))
        with pytest.raises(ServersBusy):
            asked.enter_context(place_to_ask(org(99)))


def test_a_place_is_given_back_after_an_error():
    for _ in range(2 * asking.OF_ONE):
        with pytest.raises(ZeroDivisionError), place_to_ask(org(1)):
            raise ZeroDivisionError
