"""Makes what the journeys find: organizations, people, calls. Runs beside the site's data.

`Site.make` calls one of these by name through the service's own shell, and gets what it
returns. Every person logs in with PASSWORD.
"""

import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from allauth.account.models import EmailAddress
from django.db.models import Sum
from django.utils import timezone

from accounts.keys.webhook_urls import webhook_url
from accounts.members import invitations
from accounts.members.organizations import create_organization
from accounts.models import Membership, Organization, User
from accounts.secrets import host_secrets
from agents.facts.models import SiteReading
from agents.http_tools import storing
from agents.http_tools.definition import Definition, Kind, Parameter
from agents.saved_tests.models import SavedTest, TestResult, TestRun
from agents.tools.base import MessageDraft
from agents.versions.drafts import save_draft, view_of
from agents.versions.publishing import publish
from agents.versions.samples import HARBOUR_DENTAL
from dashboard.labels import dollars
from testing.invoices import an_invoice
from testing.office import Office
from testing.processes import a_process
from usage.annotations import notes, tags
from usage.hooks.endpoints import add as add_hook
from usage.messages.taking import take
from usage.models import (
    Call,
    CallAnalysis,
    DeadLetter,
    Erasure,
    HookDelivery,
    HookEndpoint,
    LedgerEntry,
    Plan,
    SavedView,
    UnansweredQuestion,
    WebhookAttempt,
)
from usage.questions.keeping import keep
from usage.quota.plans import assign_plan
from usage.records import dead_letters, recordings
from usage.sharing import links

PASSWORD: Final = "correct horse battery"
# A name and words that would run as script or break a layout if anything let them.
HOSTILE: Final = "<script>alert('hello')</script><b>&amp;"
TOOL: Final = Definition(
    name="find_order",
    description="Finds an order by its number and says when it will arrive.",
    url="https://api.example.com/orders/{order_id}?detail={detail}&gift={gift}",
    parameters=(
        Parameter("order_id", description="As on the receipt."),
        Parameter("detail", Kind.CHOICE, is_required=False, choices=("short", "long")),
        Parameter("gift", Kind.YES_NO, is_required=False),
    ),
    filler="One moment, I’m looking it up.",
)
UNBROKEN: Final = "Donaudampfschifffahrtselektrizitaetenhauptbetriebswerk" * 2


def answer(function: str, arguments: dict[str, Any]) -> None:
    """Print what `function` returns as JSON."""
    print(json.dumps(globals()[function](**arguments)))  # noqa: T201  what the shell gives back


def person(email: str, *, is_operator: bool = False) -> User:
    """A person with a confirmed address."""
    user = User.objects.create_user(email, PASSWORD)
    user.is_staff = user.is_superuser = is_operator
    user.save()
    EmailAddress.objects.create(user=user, email=email, verified=True, primary=True)
    return user


def operator(email: str) -> str:
    """The platform's operator; returns the address."""
    return person(email, is_operator=True).email


def office(name: str, *, slug: str, stt: str = "local", llm: str = "local") -> dict[str, str]:
    """An organization with an agent, a key and a member of each role (`<role>@<slug>.example`)."""
    org = create_organization(name=name, owner=person(f"owner@{slug}.example"), is_proven=True)
    for role in ("admin", "member", "viewer"):
        Membership.objects.create(org=org, user=person(f"{role}@{slug}.example"), role=role)
    made = Office(org)
    publish(
        made.agent,
        actor=None,
        greeting=HARBOUR_DENTAL.greeting,
        prompt=HARBOUR_DENTAL.prompt,
        facts=HARBOUR_DENTAL.facts,
        stt=stt,
        llm=llm,
        tts="local",
    )
    return {
        "org": org.public_id,
        "agent": made.agent.public_id,
        "agent_name": made.agent.name,
        "prefix": made.key.prefix,
        "webhook": webhook_url(made.key_text),
    }


def history(org: str) -> dict[str, Any]:
    """What an organization gathers in a few weeks; hostile text among it."""
    found = Organization.objects.get(public_id=org)
    owner = found.memberships.get(role=Membership.Role.OWNER).user
    made = Office.existing(found)
    now = timezone.now()
    sids = [f"CA{number:032x}" for number in range(1, 13)]
    for number, sid in enumerate(sids):
        began = now - timedelta(days=number, minutes=30)
        caller = f"+1202555{100 + number:04}"
        call = made.rings(sid, now=began, caller=caller)
        made.says(call, 1, HARBOUR_DENTAL.greeting)
        made.says(call, 2, HOSTILE if number == 0 else "When are you open tomorrow?")
        made.says(call, 3, "We are open from nine to five. " * 4, heard="We are open from",
                  interrupted=True)  # fmt: skip
        made.says(call, 4, UNBROKEN if number == 0 else "And on Saturday?")
        made.says(call, 5, "On Saturday we are closed.")
        made.hangs_up(call, after=40 + 30 * number)
        WebhookAttempt.objects.create(org=found, call_sid=sid, outcome="answered")
    WebhookAttempt.objects.create(org=found, outcome="refused", reason="key_revoked")
    _record(Call.objects.get(org=found, carrier_call_id=sids[0]))
    live = made.rings("CA" + "f" * 32, now=now - timedelta(seconds=50))
    made.says(live, 1, HARBOUR_DENTAL.greeting)
    save_draft(
        made.agent,
        actor=owner,
        view=view_of(made.agent, None),
        greeting="Good morning, this is Harbour Dental.",
    )
    invitation = invitations.invite(
        found, email="invited.person.with.a.long.name@example.com", role="member", actor=owner,
        now=now,
    )  # fmt: skip
    view = SavedView.objects.create(org=found, user=owner, name="Expensive calls", query="agent=1")
    plan = Plan.objects.create(
        name="Practice", concurrent_calls=5, minutes_a_month=60, monthly_fee_micros=49_000_000
    )
    assign_plan(found, plan=plan, actor=None, now=now)
    erasure = Erasure.objects.create(
        org=found, caller_digest="5f" * 32, asked_by=owner, asked_at=now, calls=12, turns=60,
        recordings=3, due_at=now + timedelta(days=1),
    )  # fmt: skip
    for number, text in enumerate((HOSTILE, f"Please call back about {UNBROKEN}")):
        draft = MessageDraft(text, name="Ann Lee", is_urgent=number == 0)
        take(live.pk, draft, key=f"call{number}", now=now)
    hook = add_hook(
        found, url=f"https://hooks.example.com/{UNBROKEN}?token=1", actor=owner,
        target=HookEndpoint.Target.URL, events=HookDelivery.Event.values,
    )  # fmt: skip
    delivery = HookDelivery.objects.create(
        org=found, endpoint=hook, event="message.taken", message_id="msg_1", state="dead",
        body=json.dumps({"text": HOSTILE}), created_at=now, tried_since=now, attempts=12,
        status=500, answer=f"{HOSTILE}\n{UNBROKEN}", took_ms=1234, last_at=now,
    )  # fmt: skip
    dead_letters.keep(
        "save_turn", [live.pk], {"number": 2, "role": "caller", "text": HOSTILE},
        error=ValueError(f"value too long: {UNBROKEN}"), now=now,
    )  # fmt: skip
    tool = storing.save(found, TOOL, actor=owner)
    host_secrets.store(
        found, name="shop_key", host="api.example.com", value="not-a-real-key", actor=owner
    )
    _after_the_calls(found, owner, sids, now=now)
    run = _with_saved_test(found, now=now)
    reading = SiteReading.objects.create(
        agent=run.agent, url=f"https://example.com/{UNBROKEN}"[:500], state="done", created_at=now,
        pages_read=1, pages_known=2, rows=[["Hours", HOSTILE], ["", UNBROKEN[:900]]],
    )  # fmt: skip
    first = Call.objects.get(org=found, carrier_call_id=sids[0])
    _link, share = links.create(first, days=7, has_recording=True, actor=owner, now=now)
    return {
        "tool": tool.public_id,
        "test": SavedTest.objects.get(org=found).pk,
        "run": run.pk,
        "reading": reading.pk,
        "share": share,
        "erasure": erasure.pk,
        "hook": hook.public_id,
        "delivery": delivery.pk,
        "invoice": an_invoice(found, number=1, name=HOSTILE).number,
        "letter": DeadLetter.objects.get(call=live).pk,
        "process": a_process(f"{UNBROKEN}:1"[-120:]).pk,
        "call": sids[0],
        "live": live.call_sid,
        "member": found.memberships.get(role=Membership.Role.MEMBER).pk,
        "invitation": invitation.pk,
        "join": invitations.mailed_token(invitation),
        "view": view.pk,
        "question": UnansweredQuestion.objects.filter(org=found).latest("pk").pk,
        "plan": plan.pk,
        "calls": Call.objects.filter(org=found).count(),
    }


def _with_saved_test(org: Organization, *, now: datetime) -> TestRun:
    """A test of the first agent, and a run in which it failed."""
    agent = org.agents.order_by("pk")[0]
    test = SavedTest.objects.create(
        agent=agent, name=HOSTILE, questions="When are you open?", must=UNBROKEN[:100]
    )
    run = TestRun.objects.create(
        agent=agent, number=1, fingerprint="f" * 64, state="done", created_at=now, ended_at=now
    )
    TestResult.objects.create(
        run=run, test=test, number=1, name=test.name, state="red",
        spoken=[["caller", "When are you open?"], ["agent", f"{HOSTILE} {UNBROKEN}"]],
        problems=[["missing", UNBROKEN[:100]]],
    )  # fmt: skip
    return run


def _after_the_calls(
    org: Organization, member: User, sids: Sequence[str], *, now: datetime
) -> None:
    """What was written down of the calls, by a model and by members, and not known in them."""
    outcomes = ("answered", "message", "not_helped", "transferred", "abandoned")
    for number, sid in enumerate(sids):
        call = Call.objects.get(org=org, carrier_call_id=sid)
        written = {
            "author": "model" if number % 2 == 0 else "rules",
            "language": "en",
            "outcome": outcomes[number % len(outcomes)],
            "made_at": now,
            "reason": HOSTILE if number == 0 else "opening hours on weekends",
            "summary": f"{HOSTILE} {UNBROKEN}" if number == 0 else "When are you open tomorrow?",
            "field_values": json.dumps([["Guests", 4], ["Branch", UNBROKEN]])
            if number == 0
            else "",
        }
        # On a busy machine the worker has written one already.
        CallAnalysis.objects.update_or_create(call=call, defaults=written)
        keep(call, ["Do you have an aquarium?", f"{HOSTILE} {UNBROKEN}"[:190]], now=now)
        tags.add(call, ("Complaint", "Call back")[number % 2], actor=member, now=now)
    first = Call.objects.get(org=org, carrier_call_id=sids[0])
    tags.add(first, UNBROKEN[:40], actor=member, now=now)
    notes.add(first, f"{HOSTILE}\n{UNBROKEN}", actor=member, now=now)


def _record(call: Call) -> None:
    """A recording of the call's first ten seconds: 16 kB of sound a second, both sides."""
    name = f"{call.org.public_id}/{call.pk}-gallery"
    sound = bytes(range(256)) * 625
    recordings.begin(call.pk, consent="announced", name=name, started_ms=500)
    recordings.store_piece(name, 0, sound)
    recordings.grow(call.pk, size_bytes=len(sound), peaks=bytes(range(200)))
    recordings.finish(call.pk)


def ledger(org: str) -> dict[str, Any]:
    """What the ledger says of an organization: its settled calls, minutes begun, and charges."""
    lines = LedgerEntry.objects.filter(org__public_id=org)
    micros = lines.aggregate(sum=Sum("amount_micros"))["sum"] or 0
    minutes = lines.filter(component="telephony").aggregate(sum=Sum("quantity"))["sum"] or 0
    return {
        "calls": lines.values("call").distinct().count(),
        "minutes": minutes,
        "micros": micros,
        "dollars": dollars(micros),
        "components": {
            component: [quantity, charged]
            for component, quantity, charged in lines.values_list("component")
            .annotate(Sum("quantity"), Sum("amount_micros"))
            .order_by("component")
        },
        "unsettled": Call.objects.filter(org__public_id=org, settled_at=None).count(),
    }


def last_call(org: str) -> dict[str, str]:
    """What the agent said in the latest phone call, and what the call came to, "" if not known."""
    call = Call.objects.filter(org__public_id=org, channel=Call.Channel.PHONE).latest("pk")
    turns = call.turns.filter(role="agent").order_by("number")
    analysis = CallAnalysis.objects.filter(call=call).first()
    return {
        "said": " ".join(turn.heard_text for turn in turns),
        "outcome": analysis.outcome if analysis else "",
    }


def gallery() -> dict[str, Any]:
    """An organization with a history, and an operator: what the pages are looked at with."""
    made = office(f"Acorn Dental {HOSTILE}", slug="gallery")
    return made | history(made["org"]) | {"operator": operator("operator@gallery.example")}
