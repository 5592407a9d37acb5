"""Outgoing webhooks: listed, added, changed, switched, their secret rotated, tested, removed.

A secret is shown once, on the page after it was created.
"""

from typing import Any, Final

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.members.access import has_fresh_login, member_required
from accounts.members.asking import ServersBusy, place_to_ask
from accounts.permissions import MANAGE_HOOKS, SEE_HOOKS
from accounts.rate_limits import is_within
from dashboard.hooks.forms import HookForm, NewHookForm
from dashboard.hooks.labels import Kind, kinds, problem_of
from dashboard.merging import tell_of_changes
from dashboard.pages import MemberRequest, render_page
from dashboard.reauthentication import fresh_login_required
from usage.hooks import endpoints
from usage.hooks.sending import first_lines, is_taken
from usage.hooks.tryout import send_test
from usage.models import HookEndpoint
from usage.reads.hooks import endpoint_of, endpoints_of
from voicex.errors import SecretUnreadable

# Session entry: the id of the endpoint whose secret the next visit of its page shows.
SHOWN_ONCE: Final = "dashboard_hook_shown_once"
TESTS_A_MINUTE: Final = 10  # of an organization
CHANGES_A_MINUTE: Final = 20  # likewise: each may end in an email to all owners


@require_safe
@member_required(SEE_HOOKS)
def hooks(request: MemberRequest, org_id: str) -> HttpResponse:
    """The organization's webhooks."""
    found = endpoints_of(request.org)
    context = {
        "endpoints": found,
        "has_room": len(found) < endpoints.MOST,
        "most": endpoints.MOST,
        "how_to_prove": "" if request.org.is_proven else endpoints.unproven(),
    }
    return render_page(request, "hooks.html", context)


@member_required(MANAGE_HOOKS)
@fresh_login_required
def new_hook(request: MemberRequest, org_id: str) -> HttpResponse:
    """The form of a new webhook; once it is added, its page shows the secret."""
    form = NewHookForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            made = endpoints.add(
                request.org,
                url=form.cleaned_data["url_key"],
                target=HookEndpoint.Target(form.cleaned_data["target"]),
                events=form.chosen_events(),
                takes_tests=form.cleaned_data["takes_tests"],
                label=form.cleaned_data["label"],
                actor=request.user,
            )
        except ValidationError as refusal:
            form.add_error(None, refusal)
        else:
            messages.success(request, _("Webhook added. Send a test to see it arrive."))
            return _show_once(request, made)
    context: dict[str, Any] = {"form": form, "targets": kinds(), "problem": _of(form, "target")}
    context["chosen"] = form["target"].value() or Kind.URL
    return render_page(request, "hook_new.html", context, status=422 if form.errors else 200)


@never_cache
@member_required(MANAGE_HOOKS)
@fresh_login_required
def edit_hook(request: MemberRequest, org_id: str, hook_id: str) -> HttpResponse:
    """Change a webhook's label, address or events: where what callers say is sent to."""
    endpoint = endpoint_or_404(request, hook_id)
    form = HookForm(request.POST or None, endpoint=endpoint)
    if request.method == "POST" and form.is_valid():
        try:
            endpoints.change(
                endpoint,
                url=form.cleaned_data["url_key"],
                events=form.chosen_events(),
                takes_tests=form.cleaned_data["takes_tests"],
                label=form.cleaned_data["label"],
                actor=request.user,
                now=timezone.now(),
            )
        except SecretUnreadable:
            form.add_error(None, _unreadable())
        else:
            messages.success(request, _("Webhook saved."))
            tell_of_changes(request, form)
            return redirect("dashboard:hook", org_id, hook_id)
    context = {"endpoint": endpoint, "form": form}
    return render_page(request, "hook_edit.html", context, status=422 if form.errors else 200)


@member_required(MANAGE_HOOKS)
def switch_hook(request: MemberRequest, org_id: str, hook_id: str) -> HttpResponse:
    """Pause a webhook, or switch it on again."""
    endpoint = endpoint_or_404(request, hook_id)
    wanted = request.POST.get("do")
    if wanted == "pause":
        if endpoints.pause(endpoint, actor=request.user):
            messages.success(request, _("Webhook paused. New events aren’t sent to it."))
        else:
            messages.warning(request, _("This webhook was switched off already."))
    elif wanted == "resume" and may_change_soon(request):
        endpoints.resume(endpoint, actor=request.user, now=timezone.now())
        messages.success(request, _("Webhook switched on."))
    return redirect("dashboard:hook", org_id, hook_id)


@member_required(MANAGE_HOOKS)
@fresh_login_required
def rotate_hook(request: MemberRequest, org_id: str, hook_id: str) -> HttpResponse:
    """Ask, then sign with a new secret; the current one also signs for a while."""
    endpoint = endpoint_or_404(request, hook_id)
    if request.method == "POST":
        try:
            endpoints.rotate(endpoint, actor=request.user, now=timezone.now())
        except SecretUnreadable:
            messages.error(request, _unreadable())
            return redirect("dashboard:hook", org_id, hook_id)
        messages.success(request, _("New secret created. Copy it to your server."))
        return _show_once(request, endpoint)
    hours = {"hours": endpoints.OVERLAP.total_seconds() // 3_600}
    context = {
        "question": _("Rotate the secret of %(webhook)s?") % {"webhook": endpoint},
        "consequence": _(
            "For %(hours)d hours, deliveries are signed with both secrets, so you have time to "
            "update your server. After that, only the new one is used."
        )
        % hours,
        "action": _("Rotate secret"),
        "back": reverse("dashboard:hook", args=[org_id, hook_id]),
    }
    return render_page(request, "confirm.html", context)


@member_required(MANAGE_HOOKS)
def remove_hook(request: MemberRequest, org_id: str, hook_id: str) -> HttpResponse:
    """Ask, then delete it with its log."""
    endpoint = endpoint_or_404(request, hook_id)
    if request.method == "POST":
        endpoints.remove(endpoint, actor=request.user)
        messages.success(request, _("Webhook removed."))
        return redirect("dashboard:hooks", org_id)
    context = {
        "question": _("Remove %(webhook)s?") % {"webhook": endpoint},
        "consequence": _(
            "Events are no longer sent to it. Its secret and delivery log are deleted. This can’t "
            "be undone."
        ),
        "action": _("Remove"),
        "is_dangerous": True,
        "back": reverse("dashboard:hook", args=[org_id, hook_id]),
    }
    return render_page(request, "confirm.html", context)


@member_required(MANAGE_HOOKS)
def test_hook(request: MemberRequest, org_id: str, hook_id: str) -> HttpResponse:
    """Send a test event, and show the response."""
    endpoint = endpoint_or_404(request, hook_id)
    if request.method != "POST":
        return redirect("dashboard:hook", org_id, hook_id)
    limited = f"hook-test:{request.org.pk}"
    if not is_within(TESTS_A_MINUTE, seconds=60, name=limited):
        messages.error(request, _("Too many tests. Wait a minute and try again."))
        return redirect("dashboard:hook", org_id, hook_id)
    try:
        with place_to_ask(request.org):
            now = timezone.now()
            answer = send_test(request.org, endpoint=endpoint, actor=request.user, now=now)
    except SecretUnreadable:
        messages.error(request, _unreadable())
        return redirect("dashboard:hook", org_id, hook_id)
    except ServersBusy as busy:
        messages.error(request, " ".join(busy.messages))
        return redirect("dashboard:hook", org_id, hook_id)
    context = {
        "endpoint": endpoint,
        "answer": answer,
        "is_taken": is_taken(answer),
        "problem": problem_of(answer.problem, answer.status),
        "lines": first_lines(answer),
    }
    return render_page(request, "hook_test.html", context)


def secret_to_show(request: MemberRequest, endpoint: HookEndpoint) -> str:
    """The secret if it was just created; "" otherwise."""
    is_asked_for = request.session.pop(SHOWN_ONCE, "") == endpoint.public_id
    if not (is_asked_for and has_fresh_login(request, now=timezone.now())):
        return ""
    try:
        return endpoints.reveal(endpoint, actor=request.user)
    except SecretUnreadable:
        messages.error(request, _unreadable())
        return ""


def may_change_soon(request: MemberRequest) -> bool:
    """Whether webhooks may be switched on or sent to again now; shows a message if not."""
    is_allowed = is_within(CHANGES_A_MINUTE, seconds=60, name=f"hook-change:{request.org.pk}")
    if not is_allowed:
        messages.error(request, _("Too many changes. Wait a minute and try again."))
    return is_allowed


def endpoint_or_404(request: MemberRequest, hook_id: str) -> HookEndpoint:
    """The organization's webhook with that id. Raises Http404."""
    found = endpoint_of(request.org, hook_id)
    if found is None:
        raise Http404("No such webhook")
    return found


def _show_once(request: MemberRequest, endpoint: HookEndpoint) -> HttpResponse:
    request.session[SHOWN_ONCE] = endpoint.public_id
    return redirect("dashboard:hook", request.org.public_id, endpoint.public_id)


def _unreadable() -> str:
    return _("This webhook’s secret can no longer be read. Remove the webhook and add it again.")


def _of(form: HookForm, name: str) -> str:
    return " ".join(map(str, form.errors.get(name, ())))
