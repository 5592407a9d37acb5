"""Pages ask, services write: no view and no admin stores a row or an entry of the audit log."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.contrib import admin
from django.test import RequestFactory

from accounts.admin.base import ReadOnlyRows
from accounts.models import User

ROOT = Path(__file__).resolve().parent.parent
PAGES = sorted(
    path
    for pattern in ("dashboard/**/*.py", "*/admin/*.py", "*/admin.py")
    for path in ROOT.glob(pattern)
    if "tests" not in path.parts
)
WRITES = {
    "save",
    "create",
    "update",
    "delete",
    "bulk_create",
    "bulk_update",
    "get_or_create",
    "update_or_create",
    "select_for_update",
    "log_actions",
}
WRITES |= {f"a{name}" for name in WRITES}
# What Django's own forms of people and groups store, in the transaction of the admin's request; the
# services that these pages call add the entry of the audit log to it.
STORED_BY_DJANGO = ("save_model", "save_related", "delete_model")
OF_DJANGO = {"accounts/admin/users.py"}
# Of pages that let a row be added, changed or deleted without a service: what Django's form stores
# there, beside its own entry in the admin's log. A new one is a decision.
STORED_WITHOUT_A_SERVICE = {
    "account.EmailAddress": {"save_model", "delete_model"},  # allauth's own page
    "accounts.User": {"delete_model"},
    "auth.Group": {"save_model"},  # with an entry of `save_related`
    "mfa.Authenticator": {"delete_model"},
    "usage.Plan": {"delete_model"},  # only while no organization has it
}
# What writes entries of a log; `accounts.members.access` has the guards of pages as well.
OF_SERVICES = {
    "accounts.members.access": {"record", "record_once_a_day", "record_and_count"},
    "accounts.audit.trail": {"append", "record_today", "counted_today", "sum_up"},
    "accounts.audit.platform_log": {"record"},
    "django.db": {"transaction", "connection", "connections"},
    "django.db.transaction": {"atomic", "on_commit"},
    "django.contrib.admin.models": {"LogEntry"},
    "voicex.database.prepared": {"PreparedUpdate", "insert", "insert_one"},
}


def writing(source: str) -> Iterator[str]:
    """What in `source` writes by itself, with its line."""
    tree = ast.parse(source)
    services = set()  # names of modules and functions that were imported
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            services |= {each.asname or each.name for each in node.names if each.name.islower()}
            forbidden = OF_SERVICES.get(node.module or "", set())
            for each in node.names:
                if each.name in forbidden or f"{node.module}.{each.name}" in OF_SERVICES:
                    yield f"{node.lineno}: imports {node.module}.{each.name}"
        if isinstance(node, ast.Import):
            for each in node.names:
                if each.name in OF_SERVICES:
                    yield f"{node.lineno}: imports {each.name}"
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
            continue
        of = node.func.value
        is_service = isinstance(of, ast.Name) and of.id in services
        if node.func.attr in WRITES and not is_service:
            yield f"{node.lineno}: calls {ast.unparse(node.func)}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_a_page_writes_nothing(page):
    assert list(writing(page.read_text())) == []


def test_only_people_and_groups_are_stored_by_djangos_own_forms():
    storing = {
        str(page.relative_to(ROOT))
        for page in PAGES
        if any(f"super().{name}(" in page.read_text() for name in STORED_BY_DJANGO)
    }
    assert storing == OF_DJANGO


def stored_by_inheritance(page: admin.ModelAdmin) -> set[str]:
    """The methods of Django's by which a superuser stores something on `page`."""
    request = RequestFactory().get("/")
    request.user = User(is_active=True, is_staff=True, is_superuser=True)
    methods = set()
    if page.has_add_permission(request) or page.has_change_permission(request):
        methods.add("save_model")
        if any(not issubclass(rows, ReadOnlyRows) for rows in page.inlines):
            methods.add("save_related")
    if page.has_delete_permission(request):
        methods.add("delete_model")
    ours = ("accounts.", "agents.", "telephony.", "usage.")
    return {name for name in methods if not getattr(page, name).__module__.startswith(ours)}


def test_each_page_of_the_admin_that_stores_calls_a_service():
    """A page that overrides nothing stores by Django's form, and its source says no word of it."""
    found = {
        model._meta.label: stored
        for model, page in admin.site._registry.items()
        if (stored := stored_by_inheritance(page))
    }
    assert found == STORED_WITHOUT_A_SERVICE


@pytest.mark.parametrize(
    "source",
    [
        "from accounts.members.access import member_required, record",
        "from accounts.audit import trail",
        "from django.db import transaction",
        "from django.db import connections",
        "import django.db",
        "import accounts.audit.trail as written",
        "form.save()",
        "request.org.save(update_fields=['name'])",
        "Call.objects.filter(org=org).update(state='ended')",
        "org.agents.create(name='A')",
        "view.delete()",
    ],
)
def test_a_page_that_wrote_would_be_found(source):
    assert len(list(writing(source))) == 1


def test_a_service_may_be_called_whatever_it_is_named():
    assert not list(writing("from usage.records import recordings\nrecordings.delete(found)"))
