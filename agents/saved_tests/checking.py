"""The gate's check of saved tests: the results of the latest run with the same version."""

from typing import Final

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from agents.saved_tests.latest import latest_of
from agents.saved_tests.models import SavedTest, TestResult, TestRun
from agents.saved_tests.words import problems_in_words
from agents.versions.gate.findings import Finding, State
from agents.versions.gate.subject import Subject
from agents.versions.publishing import fields_of

SHOWN: Final = 5  # tests that failed


def saved_tests_pass(subject: Subject) -> list[Finding]:
    """What saved tests found of a draft; nothing for an agent without any.

    A version that was published before is not asked about: bringing it back is for emergencies.
    """
    if subject.version.pk is not None or _is_published(subject):
        return []
    tests = list(SavedTest.objects.filter(agent=subject.agent).values_list("is_required", "name"))
    if not tests:
        return []
    run = latest_of(subject.agent, subject.version)
    must_pass = [name for is_required, name in tests if is_required]
    if run is None or run.state != TestRun.State.DONE:
        return [_not_run(run, must_pass)]
    return _found(list(run.results.exclude(test=None)))  # of tests that are not deleted


def _is_published(subject: Subject) -> bool:
    published = subject.agent.published
    return published is not None and fields_of(published) == fields_of(subject.version)


def _not_run(run: TestRun | None, must_pass: list[str]) -> Finding:
    if run is None or run.state == TestRun.State.LOST:
        text = _("The saved tests haven’t been run with these changes.")
        code, do = "tests:none", _("Run them on the agent’s Tests page.")
    else:
        text = _("The saved tests are running with these changes.")
        code, do = "tests:running", _("Wait a few seconds, then publish again.")
    if must_pass:
        text += " " + _("Must pass before publishing: %(names)s.") % {"names": _named(must_pass)}
    return Finding(State.BAD if must_pass else State.WARN, code, _("Saved tests"), text, do)


def _found(results: list[TestResult]) -> list[Finding]:
    title = _("Saved tests")
    bad = [each for each in results if each.state != TestResult.State.GREEN]
    if not bad:
        text = ngettext(
            "%(count)d saved test passed.", "%(count)d saved tests passed.", len(results)
        )
        return [Finding(State.GOOD, "tests:green", title, text % {"count": len(results)})]
    remedy = _("Change the facts or the prompt, or correct the test.")
    found = []
    for each in sorted(bad, key=lambda each: not each.is_required)[:SHOWN]:
        said = " ".join(problems_in_words(each)[:2])
        text = _("“%(name)s” failed.") % {"name": each.name}
        state = State.BAD if each.is_required else State.WARN
        found.append(Finding(state, f"test:{each.pk}", title, f"{text} {said}", remedy))
    if len(bad) > SHOWN:
        rest = len(bad) - SHOWN
        text = ngettext("%(count)d more failed.", "%(count)d more failed.", rest)
        is_bad = any(each.is_required for each in bad)
        state = State.BAD if is_bad else State.WARN
        found.append(Finding(state, f"tests:more:{rest}", title, text % {"count": rest}, remedy))
    return found


def _named(names: list[str]) -> str:
    return ", ".join(names[:SHOWN]) + (" …" if len(names) > SHOWN else "")
