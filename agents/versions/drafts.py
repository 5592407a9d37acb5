"""Drafts of agents: save, test, publish, discard, restore.

Optimistic locking: every change contains the state that its editor has seen (`view_of`). If a
colleague has saved meanwhile, the editor gets an error with the colleague's name, and may send the
change again.
"""

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.members.access import record
from accounts.members.trust import may_store_draft
from accounts.models import Organization, User
from agents.models import Agent, AgentDraft, AgentVersion, DiscardedDraft
from agents.settings.version_rules import check_changes, check_version
from agents.versions.changes import changed, changes_between
from agents.versions.gate import destinations
from agents.versions.gate.gate import ensure
from agents.versions.preparing import atomic
from agents.versions.publishing import fields_of, lock_agent, publish, store

KEPT: Final = timedelta(days=30)  # how long a discarded draft is kept
OVERTAKEN: Final = "overtaken"  # the code of the error that another editor was faster


def draft_of(agent: Agent) -> AgentDraft | None:
    """The agent's draft, with its writer and the version it was based on; None without one."""
    return AgentDraft.objects.filter(agent=agent).select_related("updated_by", "based_on").first()


def view_of(agent: Agent, draft: AgentDraft | None) -> str:
    """The state of `agent` in an editor, as a short text that changes with it."""
    number = agent.published.number if agent.published else 0
    return f"{number}-{draft.updated_at:%Y%m%d%H%M%S%f}" if draft else f"{number}"


def drafted(agent: Agent, draft: AgentDraft | None) -> AgentVersion:
    """The unsaved version that publishing `draft` would create; without a draft the
    published one.
    """
    published = agent.published
    fields = changed(fields_of(published), draft.fields if draft else {})
    return AgentVersion(agent=agent, number=published.number + 1 if published else 1, **fields)


@atomic
def draft_to_try(agent: Agent, *, actor: User | None) -> AgentVersion | None:
    """The agent's draft as a stored version for test calls; None if there is no draft.

    An unchanged draft keeps the version of its last test. Raises ValidationError by field if the
    draft is not valid any more.
    """
    locked = lock_agent(agent)
    draft = draft_of(locked)
    if draft is None:
        return None
    wanted = drafted(locked, draft)
    latest = locked.versions.filter(is_draft=True).order_by("-pk").first()
    if latest is not None and latest.is_prepared and _is_same(latest, wanted):
        latest.agent = locked
        return latest
    wanted.is_draft = True
    wanted.created_by = actor
    check_version(wanted)
    store(wanted)
    return wanted


def _is_same(tried: AgentVersion, wanted: AgentVersion) -> bool:
    return tried.number == wanted.number and fields_of(tried) == fields_of(wanted)


@atomic
def save_draft(agent: Agent, *, actor: User | None, view: str, **fields: Any) -> AgentDraft | None:
    """Save `fields` (of `publishing.VERSION_FIELDS`) as the agent's draft.

    The draft contains the differences to the published version; without any, it is deleted, and
    None is returned. Settings are named by path, as in `agents.versions.changes`. view: the state
    that the editor has seen. Raises ValidationError by field, or for the whole draft if another
    editor was faster, or if the organization has added too much to its drafts today.
    """
    locked, draft = _locked(agent, view, actor)
    published = fields_of(locked.published)
    return _kept(locked, draft, changed(published, fields), actor=actor)


@atomic
def edit_draft(agent: Agent, *, actor: User | None, view: str, **fields: Any) -> AgentDraft | None:
    """Change `fields` of the draft, or of the published version if there is none; see
    `save_draft`.
    """
    locked, draft = _locked(agent, view, actor)
    now = fields_of(drafted(locked, draft))
    return _kept(locked, draft, changed(now, fields), actor=actor)


def publish_draft(
    agent: Agent,
    *,
    actor: User | None,
    view: str,
    note: str = "",
    accepted: str | None = None,
    asks: bool = False,
) -> AgentVersion:
    """Publish the draft as the agent's new version, if it passes the gate, and delete the draft.

    accepted, asks, GateClosed: as for `agents.versions.gate.gate.ensure`, never in a transaction
    with `asks`. view, ValidationError: as for `save_draft`; also when there is no draft.
    """
    draft = draft_of(agent)
    if draft is not None and view == view_of(agent, draft):  # else it is said who was quicker
        wanted = drafted(agent, draft)
        # Before what takes seconds and costs money: it is all done again after the password.
        destinations.ensure_allowed(
            agent, fields_of(agent.published), fields_of(wanted), actor=actor
        )
        ensure(agent, wanted, accepted=accepted, asks=asks)
    return _publish_draft(agent, actor=actor, view=view, note=note)


@atomic
def _publish_draft(agent: Agent, *, actor: User | None, view: str, note: str) -> AgentVersion:
    locked, draft = _locked(agent, view, actor)
    if draft is None:
        raise ValidationError(_("There is no draft to publish."), code="no_draft")
    version = publish(locked, actor=actor, note=note, **draft.fields)
    draft.delete()
    agent.published = version
    return version


@transaction.atomic
def discard_draft(agent: Agent, *, actor: User | None, view: str) -> None:
    """Discard the draft. `restore_draft` can restore it for KEPT.

    view, ValidationError: as for `save_draft`.
    """
    locked, draft = _locked(agent, view, actor)
    if draft is None:
        return
    # The agent is locked, so no other request makes its row in between.
    DiscardedDraft.objects.update_or_create(
        agent=locked,
        defaults={
            "fields": draft.fields,
            "based_on": draft.based_on,
            "updated_by": draft.updated_by,
            "discarded_by": actor,
        },
    )
    _delete(locked, draft, actor=actor)


def discarded_draft_of(agent: Agent, *, now: datetime) -> DiscardedDraft | None:
    """The last discarded draft that can still be restored; None if there is none."""
    kept = DiscardedDraft.objects.filter(agent=agent, discarded_at__gt=now - KEPT)
    return kept.select_related("discarded_by").first()


@atomic
def restore_draft(
    agent: Agent, *, actor: User | None, view: str, now: datetime
) -> AgentDraft | None:
    """Restore the discarded draft; None if it equals the published version by now.

    view: as in `save_draft`. Raises ValidationError if there is none, if the agent has another
    draft, or if it is not valid any more.
    """
    locked, draft = _locked(agent, view, actor)
    if draft is not None:
        raise ValidationError(
            _("This agent has another draft. Publish or discard it first."), code="other_draft"
        )
    kept = discarded_draft_of(locked, now=now)
    if kept is None:
        raise ValidationError(_("This draft can no longer be restored."), code="no_draft")
    wanted = changed(fields_of(locked.published), kept.fields)
    restored = _kept(locked, None, wanted, actor=actor, restored=kept)
    kept.delete()
    record(locked.org, actor=actor, action="agent.draft_restored", target=str(locked))
    return restored


def forget_discarded(*, now: datetime) -> int:
    """Delete discarded drafts that can no longer be restored; returns their number. Runs every
    night.
    """
    deleted, _by_model = DiscardedDraft.objects.filter(discarded_at__lte=now - KEPT).delete()
    return deleted


def _kept(
    agent: Agent,
    draft: AgentDraft | None,
    wanted: dict[str, Any],
    *,
    actor: User | None,
    restored: DiscardedDraft | None = None,
) -> AgentDraft | None:
    """The draft that makes `wanted` (fields of a version) of what is published.

    restored: the discarded draft that it is made of; its writer saw the version of that one.
    """
    check_changes(wanted)
    fields = changes_between(fields_of(agent.published), wanted)
    check_version(AgentVersion(agent=agent, number=1, **wanted))
    if not fields:
        if draft is not None:
            _delete(agent, draft, actor=actor)
        return None
    before = draft or restored
    _ensure_may_grow(agent.org, before.fields if before else {}, fields)
    draft = draft or AgentDraft(agent=agent)
    draft.fields = fields
    draft.based_on = (restored and restored.based_on) or agent.published
    draft.updated_by = actor
    draft.save()
    record(agent.org, actor=actor, action="agent.draft_saved", target=str(agent))
    return draft


def _ensure_may_grow(
    org: Organization, before: Mapping[str, object], fields: Mapping[str, object]
) -> None:
    """Count what `fields` have more than `before`. Raises ValidationError for too much today."""
    size = _size_of(fields)
    added = size - _size_of(before)
    if added > 0 and not may_store_draft(org, size_bytes=size, added_bytes=added):
        said = _("Too much was added to drafts today. Try again tomorrow, or shorten long texts.")
        raise ValidationError(said, code="too_many_drafts")


def _size_of(fields: Mapping[str, object]) -> int:
    """In bytes, as JSON."""
    return len(json.dumps(fields, ensure_ascii=False).encode(errors="replace"))


def _delete(agent: Agent, draft: AgentDraft, *, actor: User | None) -> None:
    draft.delete()
    record(agent.org, actor=actor, action="agent.draft_discarded", target=str(agent))


def _locked(agent: Agent, view: str, actor: User | None) -> tuple[Agent, AgentDraft | None]:
    """The agent and its draft, held until the transaction ends. Raises ValidationError."""
    locked = lock_agent(agent)
    draft = draft_of(locked)
    if view == view_of(locked, draft):
        return locked, draft
    ensure_published_as_seen(locked, view, actor)
    if draft is None:
        raise ValidationError(_("This draft was discarded while you were editing."), code=OVERTAKEN)
    said = _("%(who)s changed this draft while you were editing.")
    own = _("You changed this draft in another tab or window.")
    is_own = actor is not None and draft.updated_by == actor
    raise ValidationError(
        own if is_own else said % {"who": _name(draft.updated_by)}, code=OVERTAKEN
    )


def ensure_published_as_seen(agent: Agent, view: str, actor: User | None) -> None:
    """Raise ValidationError if another version was published since `view`, and say by whom."""
    number = agent.published.number if agent.published else 0
    if view.partition("-")[0] == str(number):
        return
    who = agent.published.created_by if agent.published else None
    said = _("%(who)s published version %(number)d while you were editing.")
    own = _("You published version %(number)d in another tab or window.")
    is_own = actor is not None and who == actor
    values = {"number": number, "who": _name(who)}
    raise ValidationError((own if is_own else said) % values, code=OVERTAKEN)


def _name(user: User | None) -> str:
    return user.email if user else _("The platform")
