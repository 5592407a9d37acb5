"""The import of facts and documents: each is shown and can be edited or left out before saving."""

from typing import Any, Final

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.utils.functional import lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from accounts.members.access import member_required
from accounts.permissions import EDIT_AGENTS
from agents.documents.passages import TEXT as DOCUMENT
from agents.facts import crawling, importing, site_readings
from agents.facts.models import SiteReading
from agents.facts.proposing import ANSWER, MOST, Row
from agents.facts.sites import ADDRESS
from agents.models import Agent
from agents.versions.drafts import draft_of, view_of
from agents.versions.publishing import ensure_not_archived
from dashboard.agents.drafts import VIEW
from dashboard.agents.forms import ServiceErrors
from dashboard.agents.index import agent_of_form, agent_or_404, render_agent
from dashboard.pages import MemberRequest

DOCUMENTS: Final = "documents"
AS: Final = "take_as"


def _file(label: Any, *, accept: str, limit: int, hint: Any) -> forms.FileField:
    """A field for a file of up to `limit` bytes; static/drop.js rejects larger ones."""

    def too_large() -> str:
        return _("The file is larger than %(kb)d KB.") % {"kb": limit // 1000}

    attrs = {"accept": accept, "data-max-bytes": limit, "data-too-large": lazy(too_large, str)()}
    return forms.FileField(
        label=label,
        required=False,
        allow_empty_file=True,
        help_text=hint,
        widget=forms.FileInput(attrs=attrs),
    )


class SourceForm(ServiceErrors):
    """The source of facts, one of four, and how it is used."""

    take_as = forms.ChoiceField(
        label=gettext_lazy("Import as"),
        choices=[
            ("facts", gettext_lazy("Facts: short answers to what many callers ask")),
            (DOCUMENTS, gettext_lazy("Documents: longer texts that the agent searches")),
        ],
        required=False,
        initial="facts",
    )
    text = forms.CharField(
        label=gettext_lazy("Text"),
        max_length=importing.TEXT,
        required=False,
        widget=forms.Textarea(attrs={"rows": 8}),
        help_text=gettext_lazy("Questions with answers, headings with text, or “topic: text”."),
    )
    table = _file(
        gettext_lazy("CSV file"),
        accept=".csv,.tsv,.txt,text/csv,text/plain",
        limit=importing.TABLE_BYTES,
        hint=gettext_lazy("Questions in the first column, answers in the second."),
    )
    pdf = _file(
        gettext_lazy("PDF file"),
        accept=".pdf,application/pdf",
        limit=importing.PDF_BYTES,
        hint=gettext_lazy("Up to 2 MB, with text in it: scanned pages can’t be read."),
    )
    url = forms.CharField(
        label=gettext_lazy("Web page"),
        max_length=ADDRESS,
        required=False,
        widget=forms.URLInput,
        help_text=gettext_lazy(
            "One page of your website, such as https://example.com/faq, or its sitemap."
        ),
    )
    whole_site = forms.BooleanField(
        label=gettext_lazy("Read the site’s other pages, too"),
        required=False,
        help_text=gettext_lazy("As its sitemap lists them, up to 30. This takes a minute or two."),
    )

    def clean_url(self) -> str:
        """The address, with https:// added to one such as example.com/faq."""
        url: str = self.cleaned_data["url"].strip()
        return url if not url or "://" in url else f"https://{url}"


@member_required(EDIT_AGENTS)
def import_facts(request: MemberRequest, org_id: str, agent_id: str) -> HttpResponse:
    """Read a text, a file or a page, and show what was found, without storing it.

    A site is read in a worker: redirects to the page with the progress.
    """
    agent = agent_of_form(request, agent_id)
    is_sent = request.method == "POST"
    form = SourceForm(request.POST, request.FILES) if is_sent else SourceForm()
    rows: list[Row] | None = None
    if is_sent and form.is_valid():
        said = form.cleaned_data
        try:
            ensure_not_archived(agent)
            if said["url"] and _is_site(said):
                reading = site_readings.begin(
                    agent,
                    said["url"],
                    as_documents=said[AS] == DOCUMENTS,
                    actor=request.user,
                )
                return redirect("dashboard:site_reading", org_id, agent_id, reading.pk)
            rows = _proposed(request, said)
        except ValidationError as error:
            form.add_service_errors(error)
    as_documents = is_sent and request.POST.get(AS) == DOCUMENTS
    return _import_page(request, agent, form, rows, as_documents=as_documents)


@require_safe
@member_required(EDIT_AGENTS)
def site_reading(
    request: MemberRequest, org_id: str, agent_id: str, reading_id: int
) -> HttpResponse:
    """The progress of reading a site; at the end what was found, to choose from."""
    agent = agent_or_404(request, agent_id)
    reading = site_readings.readings_of(agent).filter(pk=reading_id).first()
    if reading is None:
        raise Http404("No such reading")
    is_done = reading.state == SiteReading.State.DONE
    rows = [(topic, text) for topic, text in reading.rows] if is_done else None
    context = {
        "reading": reading,
        "is_open": reading.state in site_readings.OPEN,
        "problem": _problem_of(reading),
    }
    return _import_page(
        request,
        agent,
        SourceForm(),
        None if rows == [] and reading.problem else rows,
        as_documents=reading.as_documents,
        context=context,
    )


@member_required(EDIT_AGENTS)
def add_facts(request: MemberRequest, org_id: str, agent_id: str) -> HttpResponse:
    """Add the ticked rows to the draft; redirects to the draft, to try it."""
    agent = agent_of_form(request, agent_id)
    if request.method != "POST":
        return redirect("dashboard:import_facts", org_id, agent_id)
    as_documents = request.POST.get(AS) == DOCUMENTS
    taken = _rows(request, with_field="take")
    view = request.POST.get(VIEW, "")
    try:
        importing.add(agent, taken, view=view, actor=request.user, as_documents=as_documents)
    except ValidationError as error:
        rows = _rows(request, with_field="answer")
        context = {"cleared": _cleared(request), "problems": error.messages}
        form = SourceForm(initial={AS: DOCUMENTS} if as_documents else {})
        return _import_page(request, agent, form, rows, as_documents=as_documents, context=context)
    if as_documents:
        messages.success(request, _("The documents are in the draft. Try it below, then publish."))
    else:
        messages.success(request, _("The facts are in the draft. Try them below, then publish."))
    return redirect("dashboard:agent_draft", org_id, agent_id)


def _is_site(said: dict[str, Any]) -> bool:
    return said["whole_site"] or crawling.is_map(said["url"])


def _proposed(request: MemberRequest, said: dict[str, Any]) -> list[Row]:
    """Raises ValidationError with a message."""
    as_documents = said[AS] == DOCUMENTS
    if said["table"]:
        return importing.in_table(said["table"].read(importing.TABLE_BYTES + 1))
    if said["pdf"]:
        content = said["pdf"].read(importing.PDF_BYTES + 1)
        name = said["pdf"].name or ""
        return importing.in_pdf(request.org, content, name=name, as_documents=as_documents)
    if said["url"]:
        url = said["url"]
        return importing.in_page(request.org, url, actor=request.user, as_documents=as_documents)
    if said["text"].strip():
        return importing.in_text(said["text"], as_documents=as_documents)
    raise ValidationError(_("Paste a text, choose a file or enter an address."))


def _problem_of(reading: SiteReading) -> str:
    """The message why nothing was read from a site; "" if something was."""
    match reading.problem:
        case crawling.UNREACHABLE:
            return _("The site can’t be reached, or its pages are elsewhere. Check the address.")
        case crawling.FORBIDDEN:
            return _("The site’s robots.txt doesn’t allow these pages to be read.")
        case crawling.NO_PAGES:
            return _("There are no pages of this site in its sitemap.")
    return ""


def _import_page(
    request: MemberRequest,
    agent: Agent,
    form: SourceForm,
    rows: list[Row] | None,
    *,
    as_documents: bool,
    context: dict[str, Any] | None = None,
) -> HttpResponse:
    draft = draft_of(agent)
    shown = {
        "form": form,
        "rows": rows,
        "cleared": (),
        "view": view_of(agent, draft),
        "most": MOST,
        "as_documents": as_documents,
        "longest": DOCUMENT if as_documents else ANSWER,
    }
    shown |= context or {}
    status = 422 if form.errors or shown.get("problems") else 200
    return render_agent(
        request, "facts_import.html", agent, shown, tab="agent_facts", draft=draft, status=status
    )


def _cleared(request: MemberRequest) -> list[int]:
    """The indexes of the submitted rows that were not ticked."""
    sent = [number for number in range(MOST) if f"answer-{number}" in request.POST]
    return [place for place, number in enumerate(sent) if f"take-{number}" not in request.POST]


def _rows(request: MemberRequest, *, with_field: str) -> list[Row]:
    """The submitted rows of the page: with "answer" all, with "take" the ticked ones."""
    return [
        (request.POST.get(f"topic-{number}", ""), request.POST.get(f"answer-{number}", ""))
        for number in range(MOST)
        if f"{with_field}-{number}" in request.POST
    ]
