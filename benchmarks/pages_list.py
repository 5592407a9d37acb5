"""What `benchmarks.pages` opens: every page and list, from both ends, each filter, frequent and
rare words, the first bytes of files, and the operator's area."""

from collections.abc import Iterator
from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from testing.office import Office


def pages(office: "Office", calls: int) -> Iterator[tuple[str, str]]:
    """Each page with its address: lists from both ends, each filter, frequent and rare words."""
    from accounts.models import AuditEntry
    from usage.models import Call

    own = Call.objects.filter(org=office.org).order_by("-opened_at")
    middle, newest = own[own.count() // 2], own[0]
    day = middle.opened_at.date()
    agents = list(office.org.agents.order_by("pk").values_list("public_id", flat=True))
    number = middle.from_number
    all_from = newest.opened_at.date() - timedelta(days=365)
    yield "overview", office.url()
    yield "calls", office.url("calls/")
    yield "calls, from the middle", office.url(f"calls/?before={middle.call_sid}")
    yield "calls, newer than the middle", office.url(f"calls/?after={middle.call_sid}")
    for name, query in {
        "most called agent": f"agent={agents[0]}",
        "least called agent": f"agent={agents[-1]}",
        "going on": "state=open",
        "ended": "state=ended",
        "ended by the caller": "end=caller",
        "ended by a fault": "end=fault",
        "ended by a fault, rare agent": f"end=fault&agent={agents[-1]}",
        "tests": "door=test",
        "typed tests": "door=typed",
        "one day": f"first={day}&last={day}",
        "an area code": f"caller=%2B1{number[2:5]}",
        "a whole number": f"caller=%2B{number[1:]}",
        "15 minutes or more": "at_least=900",
        "interrupted": "interrupted=on",
        "interrupted, before the middle": f"interrupted=on&before={middle.call_sid}",
        "with a recording": "recorded=on",
        "with a tag": "tag=tag+7",
        "not helped": "outcome=not_helped",
        "a reason for the call": "reason=Question+7",
        "a common word": "words=w1",
        "a word of one turn in 500": "words=umbrella",
        "a word of one turn in 20,000": "words=telescope",
        "a word of one turn in a million": "words=xylophone",
        "a word nobody says": "words=absent",
        "three words": "words=w2+w5+w9",
        "two that do not meet": "words=w1+absent",
        "words and filters": f"words=umbrella&agent={agents[1]}&at_least=60",
    }.items():
        yield f"calls: {name}", office.url(f"calls/?{query}")
    yield "call", office.url(f"calls/{newest.call_sid}/")
    yield "call, raw events", office.url(f"calls/{newest.call_sid}/events/")
    yield "webhook log", office.url("attempts/")
    yield "usage", office.url("usage/")
    yield "analytics, 30 days", office.url("analytics/")
    yield "analytics, 90 days", office.url("analytics/?period=90")
    yield (
        "analytics, all days",
        office.url(f"analytics/?last={newest.opened_at.date()}&first={all_from}"),
    )
    yield "search: a number", office.url(f"search/?q=%2B{number[1:]}")
    yield "search: a common word", office.url("search/?q=told")
    yield "search: nothing", office.url("search/?q=zebra+crossing")
    yield "agents", office.url("agents/")
    yield "agent", office.url(f"agents/{agents[0]}/")
    yield "audit log", office.url("audit/")
    entry = AuditEntry.objects.filter(org=office.org).order_by("pk")[calls // 10]
    yield "audit log, from the middle", office.url(f"audit/?before={entry.pk}")
    yield "audit log, one subject", office.url("audit/?about=key")
    # A member's, or an operator's with rights of one: with a # what is posted.
    yield "everything of one caller", office.url(f"callers/#caller_key={number}")
    yield "everything of nobody", office.url("callers/#caller_key=+12025550199")
    for name, path in {
        "live calls": "calls/live/",
        "missed callers": "calls/missed/",
        "messages": "messages/",
        "messages, done": "messages/?show=done",
        "questions of an agent": f"agents/{agents[0]}/questions/",
        "facts of an agent": f"agents/{agents[0]}/facts/",
        "versions of an agent": f"agents/{agents[0]}/versions/",
        "saved tests": f"agents/{agents[0]}/tests/",
        "editor of an agent": f"agents/{agents[0]}/edit/",
        "first steps": "start/",
        "doctor": "doctor/",
        "call limits": "limits/",
        "members": "members/",
        "keys": "keys/",
        "webhooks": "webhooks/",
        "tools": "tools/",
        "settings": "settings/",
        "calls as a file, first bytes": "calls/export.csv",
        "calls with transcripts as a file, first bytes": "calls/export.csv?transcripts=1",
        "usage as a file": "usage/usage.csv",
        "ledger of 30 days as a file, first bytes": "usage/ledger.csv?period=30",
        "ledger as JSON lines, first bytes": (
            f"usage/ledger.jsonl?first={all_from}&last={newest.opened_at.date()}"
        ),
        "analytics by hour as a file": "analytics/analytics.csv?period=90&by=hour",
        "analytics by number as a file": "analytics/analytics.csv?period=90&by=number",
    }.items():
        yield name, office.url(path)
    for name, path in {
        "now": "",
        "organizations": "organizations/",
        "organizations by name": "organizations/?search=birch",
        "organization": f"organizations/{office.org.public_id}/",
        "plans": "plans/",
        "prices": "prices/",
        "providers": "providers/",
        "rejected records": "records/",
        "ledger": "ledger/",
        "audit log": "audit/",
    }.items():
        yield f"operator: {name}", f"/operator/{path}"
