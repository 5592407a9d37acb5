"""Few page requests wait for servers that organizations name, of one organization fewer still."""

from contextlib import ExitStack

import pytest
from django.utils import timezone

from accounts.members import asking
from accounts.members.asking import ServersBusy, _Places, place_to_ask
from accounts.members.organizations import create_organization
from accounts.models import Organization, User


def org(pk: int, *, is_proven: bool = True) -> Organization:
    return Organization(pk=pk, proven_at=timezone.now() if is_proven else None)


@pytest.fixture
def unknown(monkeypatch) -> None:
    """Nobody owns these organizations."""
    monkeypatch.setattr(asking, "_person_of", asking.counted_as)


@pytest.mark.usefixtures("unknown")
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


@pytest.mark.usefixtures("unknown")
def test_all_together_leave_threads_to_other_pages():
    with ExitStack() as asked:
        for pk in range(asking.AT_ONCE):
            asked.enter_context(place_to_ask(org(pk)))
        with pytest.raises(ServersBusy):
            asked.enter_context(place_to_ask(org(99)))


@pytest.mark.usefixtures("unknown")
def test_a_place_is_given_back_after_an_error():
    for _ in range(2 * asking.OF_ONE):
        with pytest.raises(ZeroDivisionError), place_to_ask(org(1)):
            raise ZeroDivisionError


def test_people_whose_servers_are_slow_leave_the_last_places_to_others():
    now = [0.0]
    places = _Places(clock=lambda: now[0])

    def hold(*names: str) -> list:
        return [place for name in names if (place := places.take(name, person=f"of {name}"))]

    held = hold("a", "b", "c", "a", "b", "c")
    assert [place.name for place in held] == ["a", "b", "c", "a"]  # the others hold one already
    for _ in range(3):
        now[0] += 8
        for place in held:
            places.give_back(place)
        held = hold("a", "b", "c", "a", "b", "c")
        assert len(held) == asking.AT_ONCE - asking.LEFT
    assert len(hold("d", "e")) == asking.LEFT
    for place in held:
        places.give_back(place)
    now[0] += asking.LATELY_SECONDS
    assert len(hold("f", "g", "a", "b")) == 4  # what was long ago is forgotten


def test_what_was_given_back_long_ago_is_forgotten_where_places_are_always_free():
    now = [0.0]
    places = _Places(clock=lambda: now[0])
    for _ in range(100):
        place = places.take("a", person="of a")
        now[0] += 1
        places.give_back(place)
    assert len(places._given_back) <= asking.LATELY_SECONDS


@pytest.mark.django_db
def test_organizations_of_one_person_share_all_but_the_last_places():
    def owned(number: int) -> list[Organization]:
        owner = User.objects.create_user(f"owner{number}@example.com")
        made = [create_organization(name=f"{number}.{each}", owner=owner) for each in range(3)]
        for each in made:
            each.proven_at = timezone.now()
        return made

    with ExitStack() as asked:
        mine = owned(1)
        for each in (mine[0], mine[0], mine[1], mine[1]):
            asked.enter_context(place_to_ask(each))
        with pytest.raises(ServersBusy):
            asked.enter_context(place_to_ask(mine[2]))
        asked.enter_context(place_to_ask(owned(2)[0]))
