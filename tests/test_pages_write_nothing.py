"""Pages ask, services write: no view and no admin stores a row or an entry of the audit log."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

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
# What writes entries of a log; `accounts.members.access` has the guards of pages as well.
OF_SERVICES = {
    "accounts.members.access": {"record", "record_once_a_day", "record_and_count"},
    "accounts.audit.trail": {"append", "note_today", "counted_today", "sum_up"},
    "accounts.audit.platform_log": {"note"},
    "django.db": {"transaction", "connection"},
    "django.db.transaction": {"atomic", "on_commit"},
    "django.contrib.admin.models": {"LogEntry"},
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


@pytest.mark.parametrize(
    "source",
    [
        "from accounts.members.access import member_required, record",
        "from accounts.audit import trail",
        "from django.db import transaction",
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
