"""What the image brings: licences in the notices, reviewed code, and the audit's verdicts."""

import hashlib
import re
import runpy
from functools import cache
from importlib.metadata import Distribution, distributions
from importlib.util import find_spec
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
NOTICES = (ROOT / "docker" / "NOTICES.md").read_text()
# Licences that ask something of who passes the package on.
ASKING = re.compile(r"\b((?:A|L)?GPL|MPL|EPL|CDDL|EUPL|SSPL)[- v]*(\d+(?:\.\d+)?)?", re.IGNORECASE)


def plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


@cache
def shipped() -> dict[str, Distribution]:
    """Every installed package that requirements.txt pins."""
    lock = (ROOT / "requirements.txt").read_text()
    pinned = {plain(name) for name in re.findall(r"^([\w.-]+)==", lock, re.MULTILINE)}
    found = {plain(each.metadata["Name"]): each for each in distributions()}
    return {name: found[name] for name in sorted(pinned & found.keys())}


def licence(package: Distribution) -> str:
    """What the package says of its licence, its classifiers included."""
    about = package.metadata
    # A whole licence text may stand there; its first lines name it.
    texts = [about.get("License-Expression") or "", (about.get("License") or "")[:200]]
    texts += [each for each in about.get_all("Classifier") or [] if each.startswith("License")]
    return " ".join(text for text in texts if text)


def test_every_package_says_what_its_licence_is():
    assert len(shipped()) > 80
    assert [name for name, package in shipped().items() if not licence(package)] == []


def test_every_licence_that_asks_something_is_in_the_notices():
    rows = [line for line in NOTICES.splitlines() if line.startswith("|")]
    missing = {}
    for name, package in shipped().items():
        for family, version in ASKING.findall(licence(package)):
            named = f"{family.upper()} {version.removesuffix('.0')}".strip()
            if not any(f"`{name}`" in row and named in row for row in rows):
                missing[name] = named
    assert missing == {}


def test_the_notices_name_the_versions_that_are_installed():
    for name, version in re.findall(r"`([\w-]+)` (\d+\.\d+[\d.]*\d)", NOTICES):
        assert shipped()[plain(name)].version == version, name


# Of the Python in hibari-tts 0.2.1 as it was looked through (docker/NOTICES.md, The models).
HIBARI = "7417b4bdb764bf91fc5dc92efbc670dba3651ac20845fde30580d45e539ee61d"


def test_the_voices_own_code_is_the_code_that_was_looked_through():
    place = Path(find_spec("hibari").submodule_search_locations[0])
    digest = hashlib.sha256()
    for path in sorted(place.rglob("*.py")):
        digest.update(path.relative_to(place).as_posix().encode() + b"\0" + path.read_bytes())
    assert digest.hexdigest() == HIBARI


verdict = runpy.run_path(str(ROOT / ".ci" / "audit.py"))["verdict"]


def package(name: str, **known: object) -> dict[str, object]:
    return {"name": name, "version": "1.0", "vulns": [], **known}


@pytest.mark.parametrize(
    ("answer", "status", "says"),
    [
        (None, 0, "NOT DONE, the advisories cannot be asked from here (no route)"),
        ({"dependencies": [package("django")]}, 0, "1 packages asked about, 0 advisories"),
        (
            {"dependencies": [package("django", skip_reason="not found")]},
            0,
            "NOT DONE for 1 packages that are not known there: django",
        ),
        (
            {
                "dependencies": [
                    package("jinja", vulns=[{"id": "CVE-1", "fix_versions": ["1.1"]}]),
                    package("django", skip_reason="not found"),
                ]
            },
            1,
            "jinja 1.0: CVE-1, mended in 1.1",
        ),
    ],
)
def test_the_audit_fails_for_an_advisory_and_says_what_it_could_not_ask(answer, status, says):
    code, lines = verdict(answer, "no route")
    assert code == status
    assert says in "\n".join(lines)
