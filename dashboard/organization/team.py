"""The team of an organization: members and their roles, invitations, and joining by one."""

from typing import Any, Final

from django import forms
from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.addresses import addresses_to_notify, is_confirmed
from accounts.login import sign_up
from accounts.members import invitations
from accounts.members.access import member_required
from accounts.members.organizations import may_give, remove_member, set_role
from accounts.members.trust import HOW_TO_PROVE, may_mail
from accounts.models import Invitation, Membership, User
from accounts.names import validate_mail_address
from accounts.permissions import MANAGE_TEAM, READ
from accounts.rate_limits import is_within, take_back
from agents.versions.gate.destinations import agents_that_mail
from dashboard.organization.mail import send_invitation
from dashboard.pages import MemberRequest, render_page
from dashboard.reauthentication import fresh_login_required
from voicex.mail import mail_is_sent

# Any visitor may sign up, name an organization as they like, and so write to strangers.
INVITATIONS_AN_HOUR: Final = 30


class InvitationForm(forms.Form):
    """The address to invite, and its role; only roles that the member may give are offered."""

    email = forms.EmailField(
        label=gettext_lazy("Email"),
        validators=[validate_mail_address],
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
    )
    role = forms.ChoiceField(label=gettext_lazy("Role"), initial=Membership.Role.MEMBER)

    def __init__(self, *args: Any, by: Membership, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        role = self.fields["role"]
        assert isinstance(role, forms.ChoiceField)  # noqa: S101 - for the type checker
        role.choices = [
            (value, capfirst(label))
            for value, label in Membership.Role.choices
            if may_give(by, role=value) and (mail_is_sent() or value != Membership.Role.OWNER)
        ]
        if by.role == Membership.Role.OWNER and not mail_is_sent():
            role.help_text = _(
                "This site doesn’t send email, so you can’t invite an owner. Make the person an "
                "owner here once they have joined."
            )


@require_safe
@member_required(READ)
def members(request: MemberRequest, org_id: str) -> HttpResponse:
    """The members with their roles, the invitations, and the form to invite."""
    return _team_page(request, InvitationForm(by=request.membership))


@member_required(MANAGE_TEAM)
@fresh_login_required
def invite(request: MemberRequest, org_id: str) -> HttpResponse:
    """Invite an address and send the link there."""
    if request.method != "POST":
        return redirect("dashboard:members", org_id)
    form = InvitationForm(request.POST, by=request.membership)
    if not form.is_valid():
        return _team_page(request, form, status=422)
    if problem := _too_many(request):
        form.add_error(None, problem)
        return _team_page(request, form, status=429)
    try:
        invitation = invitations.invite(
            request.org,
            email=form.cleaned_data["email"],
            role=form.cleaned_data["role"],
            actor=request.user,
            now=timezone.now(),
        )
    except ValidationError as refusal:
        form.add_error(None, refusal)
        return _team_page(request, form, status=422)
    if not mail_is_sent():
        messages.success(
            request,
            _("This site doesn’t send email. Share the link below with %s.") % invitation.email,
        )
    elif send_invitation(invitation, link=_link(invitations.mailed_token(invitation))):
        messages.success(request, _("Invitation sent to %s.") % invitation.email)
    else:
        messages.warning(
            request,
            _("The email couldn’t be sent. Share the link below with %s.") % invitation.email,
        )
    return redirect("dashboard:members", org_id)


@member_required(MANAGE_TEAM)
def uninvite(request: MemberRequest, org_id: str, invitation_id: int) -> HttpResponse:
    """Revoke an invitation."""
    invitation = request.org.invitations.filter(pk=invitation_id).first()
    if invitation is None:
        raise Http404("No such invitation")
    if request.method != "POST":
        return redirect("dashboard:members", org_id)
    invitations.revoke(request.org, invitation=invitation, actor=request.user, now=timezone.now())
    messages.success(request, _("The invitation for %s is revoked.") % invitation.email)
    return redirect("dashboard:members", org_id)


@member_required(MANAGE_TEAM)
@fresh_login_required
def change_role(request: MemberRequest, org_id: str, member_id: int) -> HttpResponse:
    """Give a member another role."""
    member = _member_or_404(request, member_id)
    if request.method != "POST":
        return redirect("dashboard:members", org_id)
    role = request.POST.get("role", "")
    _check_is_within_reach(request, member)
    if role not in Membership.Role.values:
        messages.error(request, _("Choose a role. Nothing was changed."))
        return redirect("dashboard:members", org_id)
    if not may_give(request.membership, role=role):
        raise PermissionDenied
    try:
        set_role(
            request.org,
            user=member.user,
            role=role,
            actor=request.user,
            by=request.membership,
            seen=request.POST.get("seen"),
        )
    except ValidationError as refusal:
        messages.error(request, " ".join(refusal.messages))
    else:
        messages.success(
            request,
            _("%(person)s is now %(role)s.")
            % {"person": member.user, "role": Membership.Role(role).label},
        )
    return redirect("dashboard:members", org_id)


@member_required(MANAGE_TEAM)
@fresh_login_required
def remove(request: MemberRequest, org_id: str, member_id: int) -> HttpResponse:
    """Ask, then remove a member from the team."""
    member = _member_or_404(request, member_id)
    _check_is_within_reach(request, member)
    mailing = _still_mailing(request, member.user)
    if request.method == "POST":
        if _take_out(request, member.user):
            messages.success(request, _("%s is no longer a member.") % member.user)
            if mailing:
                messages.warning(request, mailing)
        return redirect("dashboard:members", org_id)
    consequence = _("Their access ends immediately on every device. Their work is kept.")
    context = {
        "question": _("Remove %s from the team?") % member.user,
        "consequence": f"{consequence} {mailing}".strip(),
        "action": _("Remove"),
        "is_dangerous": True,
        "back": reverse("dashboard:members", args=[org_id]),
    }
    return render_page(request, "confirm.html", context)


@member_required(READ)
def leave(request: MemberRequest, org_id: str) -> HttpResponse:
    """Ask, then leave the team."""
    if request.method == "POST":
        if _take_out(request, request.user):
            messages.success(request, _("You have left %s.") % request.org)
            return redirect("dashboard:home")
        return redirect("dashboard:members", org_id)
    context = {
        "question": _("Leave %s?") % request.org,
        "consequence": _("You’ll lose access until someone invites you again."),
        "action": _("Leave"),
        "is_dangerous": True,
        "back": reverse("dashboard:members", args=[org_id]),
    }
    return render_page(request, "confirm.html", context)


@never_cache
def join(request: HttpRequest, token: str) -> HttpResponse:
    """The page of an invitation's link: sign up or log in, then accept."""
    now = timezone.now()
    opened = invitations.find(token, now=now)
    if opened is None:
        return render(request, "dashboard/invitation_gone.html", status=404)
    invitation = opened.invitation
    context = {"invitation": invitation, "next": request.path}
    if not isinstance(request.user, User):
        sign_up.remember_invitation(request, token)
        context["may_sign_up"] = sign_up.is_open(request)
        return render(request, "dashboard/join.html", context)
    if request.method == "POST":
        try:
            invitations.accept(opened, user=request.user, now=now)
        except ValidationError as refusal:
            messages.error(request, " ".join(refusal.messages))
        else:
            messages.success(request, _("Welcome to %s.") % invitation.org)
            return redirect("dashboard:overview", invitation.org.public_id)
    is_addressee = request.user.email.lower() == invitation.email
    must_confirm = invitations.needs_confirmed(opened) and not is_confirmed(request.user)
    context |= {"is_addressee": is_addressee, "must_confirm": must_confirm}
    return render(request, "dashboard/join.html", context)


def _team_page(request: MemberRequest, form: InvitationForm, *, status: int = 200) -> HttpResponse:
    mine = request.membership
    found = list(request.org.memberships.select_related("user").order_by("created_at", "pk"))
    owners = [member for member in found if member.role == Membership.Role.OWNER]
    rows = [
        {
            "member": member,
            "is_self": member.user_id == request.user.pk,
            "roles": [
                choice
                for choice in Membership.Role.choices
                if mine.is_at_least(MANAGE_TEAM)
                and mine.is_at_least(member.role)
                and may_give(mine, role=choice[0])
                and owners != [member]
            ],
        }
        for member in found
    ]
    waiting = invitations.open_invitations(request.org).select_related("invited_by")
    now = timezone.now()
    by_owner = request.user.pk in {owner.user_id for owner in owners}
    context = {
        "rows": rows,
        "form": form,
        "waiting": [
            {
                "invitation": each,
                "link": _shown_link(each, mine),
                "field_id": f"link-{each.pk}",
                "may_revoke": invitations.may_take_back(each, by_owner=by_owner, now=now),
            }
            for each in waiting
        ]
        if mine.is_at_least(MANAGE_TEAM)
        else [],
        "now": now,
    }
    return render_page(request, "members.html", context, status=status)


def _too_many(request: MemberRequest) -> str:
    """Count one invitation, and its mail if one is sent; why there are too many, "" if not."""
    name = f"invitations:{request.user.pk}"
    if not is_within(INVITATIONS_AN_HOUR, seconds=3600, name=name):
        return _("You’ve sent too many invitations. Try again in an hour.")
    if not mail_is_sent() or may_mail(request.org):
        return ""
    take_back(name)  # others have used up what is shared, not this member
    if request.org.is_proven:
        return _("Your organization has sent too many emails. Try again in an hour.")
    said = _("New organizations share a few emails an hour, and these are used up.")
    return f"{said} {HOW_TO_PROVE}"


def _link(token: str) -> str:
    return f"{settings.TWILIO_APP_URL}{reverse('dashboard:join', args=[token])}"


def _shown_link(invitation: Invitation, membership: Membership) -> str:
    """The link that this member may pass on; "" for a role that they may not give."""
    token = invitations.shown_token(invitation, to=membership)
    return _link(token) if token else ""


def _take_out(request: MemberRequest, user: User) -> bool:
    try:
        by = None if user == request.user else request.membership
        remove_member(request.org, user=user, actor=request.user, by=by)
    except ValidationError as refusal:
        messages.error(request, " ".join(refusal.messages))
        return False
    return True


def _still_mailing(request: MemberRequest, user: User) -> str:
    """Which agents would still mail callers' messages to a member who leaves; "" for none."""
    named = agents_that_mail(request.org, addresses_to_notify(user.pk))
    if not named:
        return ""
    said = _(
        "Callers’ messages still go to %(person)s from: %(agents)s. To stop this, take the address "
        "out of these agents’ settings and publish them."
    )
    return said % {"person": user, "agents": ", ".join(map(str, named))}


def _member_or_404(request: MemberRequest, member_id: int) -> Membership:
    found = request.org.memberships.select_related("user").filter(pk=member_id).first()
    if found is None:
        raise Http404("No such member")
    return found


def _check_is_within_reach(request: MemberRequest, member: Membership) -> None:
    """Raises PermissionDenied if `member` may do more than the current user."""
    if not request.membership.is_at_least(member.role):
        raise PermissionDenied
