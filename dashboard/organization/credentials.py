"""The organization's own credentials: written, checked with the provider, never shown.

A key that the provider refuses is an error of its field. If a provider cannot be reached, or too
many keys are being checked, the key is stored all the same, and the page says that it was not
checked.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache

from accounts.carriers.accounts import named_account
from accounts.members.access import member_required
from accounts.members.asking import ServersBusy, place_to_ask
from accounts.members.trust import may_check_key
from accounts.models import Organization, OrganizationSecret
from accounts.permissions import MANAGE_ORGANIZATION
from accounts.secrets.kinds import kind_of
from accounts.secrets.twilio_account import store_account
from accounts.secrets.vault import clear_secret, reveal_secret, store_secret
from agents.engines import registry
from agents.providers import engine_problems
from agents.providers.credential_checks import can_be_checked, check_secret
from dashboard.organization.credentials_forms import ProviderForm, TwilioForm
from dashboard.pages import MemberRequest, render_page
from dashboard.reauthentication import fresh_login_required
from telephony.carriers.numbers import Account
from telephony.twilio.carrier import TWILIO
from voicex.errors import (
    CarrierProblem,
    EngineError,
    EngineReason,
    EngineRefused,
    SecretUnreadable,
)

Name = OrganizationSecret.Name


@dataclass(frozen=True, slots=True)
class Part:
    """One section of the page: the carrier, or a provider by the name of its engine."""

    title: str | Promise
    text: str | Promise
    secrets: tuple[str, ...]


TWILIO_PART: Final = Part(
    gettext_lazy("Twilio"),
    gettext_lazy("Find both in the Twilio Console under Account Info."),
    (Name.TWILIO_AUTH_TOKEN, Name.TWILIO_AUTH_TOKEN_NEXT),
)


def parts() -> dict[str, Part]:
    """The carrier, and every provider whose card names a secret."""
    used = gettext_lazy("Agents that use %(engine)s use these credentials, not the platform’s.")
    providers = {
        engine: Part(
            card.title or engine, used % {"engine": card.title or engine}, (card.secret.name,)
        )
        for engine, card in registry.engines().items()
        if card.secret
    }
    return {"twilio": TWILIO_PART, **providers}


@never_cache
@member_required(MANAGE_ORGANIZATION)
@fresh_login_required
def credentials(request: MemberRequest, org_id: str) -> HttpResponse:
    """Which credentials are stored, and a form for each provider."""
    stored = {each.name: each for each in request.org.secrets.all()}
    chosen = request.POST.get("part", "") if request.method == "POST" else ""
    forms_by_part = {
        name: _form(request, name, stored, is_chosen=name == chosen) for name in parts()
    }
    form = forms_by_part.get(chosen)
    if form is not None and form.is_valid():
        is_saved = (
            _save_twilio(request, form)
            if isinstance(form, TwilioForm)
            else _save_key(request, chosen, form)
        )
        if is_saved:
            return redirect("dashboard:credentials", org_id)
    shown = [
        {
            "name": name,
            "part": part,
            "form": forms_by_part[name],
            "stored": [stored[each] for each in part.secrets if each in stored],
            "is_checked": name != "twilio" and can_be_checked(name),
        }
        for name, part in parts().items()
    ]
    status = 422 if form is not None and form.errors else 200
    has_token = Name.TWILIO_AUTH_TOKEN in stored
    context = {
        "parts": shown,
        # Without a token nobody could be asked whether it is right.
        "unverified_sid": "" if has_token else named_account(request.org, carrier=TWILIO.name),
    }
    return render_page(request, "credentials.html", context, status=status)


def _form(
    request: MemberRequest, part: str, stored: Mapping[str, OrganizationSecret], *, is_chosen: bool
) -> TwilioForm | ProviderForm:
    """The form of one part, bound to the request's data if it `is_chosen`."""
    data = request.POST if is_chosen else None
    names = parts()[part].secrets
    marks = {each: stored[each].updated_at.isoformat() if each in stored else "" for each in names}
    if part == "twilio":
        named = named_account(request.org, carrier=TWILIO.name)
        return TwilioForm(data, initial={"twilio_account_sid": named}, marks=marks)
    kind = kind_of(names[0])
    endpoint = stored[kind.name].endpoint if kind.name in stored else ""
    return ProviderForm(data, part=part, kind=kind, endpoint=endpoint, marks=marks)


@member_required(MANAGE_ORGANIZATION)
@fresh_login_required
def clear_credentials(request: MemberRequest, org_id: str) -> HttpResponse:
    """Ask, then delete the stored credentials of the provider `part`."""
    name = request.POST.get("part") or request.GET.get("part") or ""
    part = parts().get(name)
    if part is None:
        return redirect("dashboard:credentials", org_id)
    if request.method == "POST":
        for secret in part.secrets:
            clear_secret(request.org, name=secret, actor=request.user)
        messages.success(request, _("%(provider)s credentials removed.") % {"provider": part.title})
        return redirect("dashboard:credentials", org_id)
    consequence = (
        _("Webhooks will no longer be checked for Twilio’s signature.")
        if name == "twilio"
        else _("Agents with this engine will use the platform’s key, if there is one.")
    )
    context = {
        "question": _("Remove the credentials for %(provider)s?") % {"provider": part.title},
        "consequence": consequence,
        "action": _("Remove"),
        "is_dangerous": True,
        "back": reverse("dashboard:credentials", args=[org_id]),
    }
    return render_page(request, "confirm.html", context)


def _save_key(request: MemberRequest, engine: str, form: ProviderForm) -> bool:
    """Check and store the secret of `form`; False if it was refused, with an error of the field."""
    name = form.kind.name
    value = form.secret_of(name)
    if not value:
        return False
    is_checked, remark = False, _("Saved, but not verified. The provider couldn’t be reached.")
    try:
        if can_be_checked(engine):
            with _check_of(request.org):
                check_secret(engine, value, endpoint=form.endpoint)
            is_checked = True
    except EngineRefused as error:
        _explain(form, error.reason)
        return False
    except ServersBusy:
        remark = _not_asked()
    except EngineError:
        pass  # the remark says so
    if is_checked:
        messages.success(request, _("Saved and verified."))
    else:
        messages.warning(request, remark)
    store_secret(
        request.org,
        name=name,
        value=value,
        endpoint=form.endpoint,
        actor=request.user,
        is_verified=is_checked,
    )
    return True


def _explain(form: ProviderForm, reason: EngineReason) -> None:
    """Add the refusal to its field; the provider's own message is in the log."""
    if reason == EngineReason.ADDRESS_REFUSED and form.endpoint_field:
        form.add_error(form.endpoint_field, engine_problems.in_words(reason))
    elif reason == EngineReason.UNREADABLE:
        form.add_error(form.kind.name, engine_problems.in_words(reason))
    else:
        form.add_error(
            form.kind.name, _("The provider rejected it. Check that it’s complete and not revoked.")
        )


def _save_twilio(request: MemberRequest, form: TwilioForm) -> bool:
    """Check and store the account; False if something was refused, with an error of the field."""
    given = {name: form.secret_of(name) for name in TWILIO_PART.secrets}
    if form.errors:
        return False
    sid = form.cleaned_data["twilio_account_sid"]
    remark, is_verified, region = "", None, ""
    if given[Name.TWILIO_AUTH_TOKEN] or (sid and "twilio_account_sid" in form.changed_data):
        token = given[Name.TWILIO_AUTH_TOKEN] or _stored_token(request.org)
        try:
            remark, region = _checked(request.org, sid, token)
            is_verified = not remark
        except CarrierProblem as problem:
            told = _(problem.reason.label)
            is_token = bool(given[Name.TWILIO_AUTH_TOKEN])
            form.add_error("twilio_auth_token" if is_token else "twilio_account_sid", told)
            return False
    store_account(
        request.org,
        account_sid=sid,
        tokens=given,
        actor=request.user,
        is_verified=is_verified,
        region=region,
    )
    if remark:
        messages.warning(request, remark)
    elif region:
        said = _("Twilio account saved and verified in Twilio’s region %(region)s.")
        messages.success(request, said % {"region": region.upper()})
    elif is_verified:
        messages.success(request, _("Twilio account saved and verified."))
    else:
        messages.success(request, _("Twilio account saved."))
    return True


def _stored_token(org: Organization) -> str:
    try:
        return reveal_secret(org, name=Name.TWILIO_AUTH_TOKEN)
    except SecretUnreadable:
        return ""


@contextmanager
def _check_of(org: Organization) -> Iterator[None]:
    """One check of a key of `org`. Raises ServersBusy for one too many, in a minute or at once."""
    if not may_check_key(org):
        raise ServersBusy
    with place_to_ask(org):
        yield


def _not_asked() -> str:
    return _(
        "Saved, but not verified, because too many keys are being checked. Save it again in a "
        "minute to verify it."
    )


def _checked(org: Organization, sid: str, token: str) -> tuple[str, str]:
    """A message about what could not be checked, and Twilio's region; "" and the region that
    accepts the account.

    Raises CarrierProblem if Twilio refuses the two.
    """
    if not token:
        unchecked = _(
            "Saved, but not verified. Add the auth token to verify the Account SID with Twilio. "
            "Calls from any other account are refused from now on."
        )
        return unchecked, ""
    if not sid:
        unchecked = _(
            "Saved, but not verified. Add the Account SID to verify the token with Twilio. If the "
            "token is wrong, calls are refused."
        )
        return unchecked, ""
    try:
        with _check_of(org):
            return "", TWILIO.numbers.located(Account(sid, token)).region
    except ServersBusy:
        return _not_asked(), ""
    except CarrierProblem as problem:
        if problem.reason.is_of_keys:
            raise
        said = _("Saved, but not verified. %(why)s If the token is wrong, calls are refused.")
        return said % {"why": _(problem.reason.label)}, ""
