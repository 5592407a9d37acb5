"""An operator begins and ends an impersonation (`members.impersonation`)."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.members import impersonation
from dashboard.operator.forms import ImpersonationForm
from dashboard.operator.organizations import organization_page
from dashboard.operator.pages import OperatorRequest, operator_required, organization_or_404
from dashboard.reauthentication import fresh_login_required


@operator_required
@fresh_login_required
def begin_impersonation(request: OperatorRequest, org_id: str) -> HttpResponse:
    """Open the organization's pages to the operator for a while."""
    org = organization_or_404(org_id)
    if request.method != "POST":
        return redirect("operator:organization", org_id)
    form = ImpersonationForm(request.POST)
    if form.is_valid():
        try:
            impersonation.begin(
                request.session,
                operator=request.user,
                org=org,
                role=form.cleaned_data["role"],
                reason=form.cleaned_data["reason"],
                now=timezone.now(),
            )
        except ValidationError as refusal:
            form.add_error(None, refusal)
        else:
            return redirect("dashboard:overview", org_id)
    return organization_page(request, org, {"impersonation_form": form}, status=422)


@operator_required
def end_impersonation(request: OperatorRequest) -> HttpResponse:
    """End the impersonation; does nothing if it has already expired."""
    if request.method != "POST":
        return redirect("operator:home")
    now = timezone.now()
    opened = impersonation.of_session(request.session, user=request.user, now=now)
    impersonation.end(request.session, operator=request.user, now=now)
    if opened is None:
        return redirect("operator:home")
    messages.success(request, _("Impersonation ended."))
    return redirect("operator:organization", opened.org.public_id)
