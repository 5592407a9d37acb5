"""Which plan an organization had, and at which fee, is known of every moment."""

from datetime import timedelta

import pytest
from django.core.management import call_command

from testing.scene import NOW
from usage.models import Plan, PlanChange
from usage.quota.plans import assign_plan, plan_at, remove_quota, save_plan, set_quota

FEE = 49_000_000


def days(number):
    return NOW + timedelta(days=number)


def had(org, day):
    """Name and fee on a day; None for no plan."""
    found = plan_at(org, days(day) + timedelta(hours=1))
    return (found.plan_name, found.monthly_fee_micros) if found else None


@pytest.mark.parametrize("name", ["Office", "default", "no plan"])
def test_a_past_plan_is_what_it_was_however_it_is_named_and_whatever_became_of_it(cast, name):
    plan = Plan.objects.create(name=name, concurrent_calls=5, monthly_fee_micros=FEE)
    assign_plan(cast.acorn, plan=plan, actor=cast.olga, now=days(1))
    quota = set_quota(
        cast.acorn, concurrent_calls=3, minutes_a_month=None, actor=cast.olga, now=days(2)
    )
    plan.name, plan.monthly_fee_micros = "Bureau", 2 * FEE
    save_plan(plan, actor=cast.olga, terms="renamed", now=days(3))
    plan.concurrent_calls = 6
    save_plan(plan, actor=cast.olga, terms="more calls", now=days(4))
    remove_quota(quota, actor=cast.olga, now=days(5))
    plan.delete()
    assert [had(cast.acorn, day) for day in range(7)] == [
        None, (name, FEE), (name, FEE), ("Bureau", 2 * FEE), ("Bureau", 2 * FEE), None, None,
    ]  # fmt: skip
    assert PlanChange.objects.count() == 3
    assert had(cast.birch, 4) is None


@pytest.mark.django_db(transaction=True)
def test_a_plan_from_before_is_noted_as_of_the_beginning(cast):
    plan = Plan.objects.create(name="Office", concurrent_calls=5, monthly_fee_micros=FEE)
    assign_plan(cast.acorn, plan=plan, actor=None, now=NOW)
    set_quota(cast.birch, concurrent_calls=3, minutes_a_month=None, actor=None, now=NOW)
    call_command("migrate", "usage", "0042_callers_in_line", verbosity=0)
    call_command("migrate", verbosity=0)
    [noted] = PlanChange.objects.all()
    assert (noted.org, noted.at) == (cast.acorn, cast.acorn.created_at)
    assert (noted.plan_name, noted.monthly_fee_micros) == ("Office", FEE)
