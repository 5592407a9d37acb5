"""What a person reads is true of the code: links, commands, settings, names of reasons.

Each test reads the README, the changelog, every page in docs/ and the READMEs beside code.
"""

import re
from pathlib import Path

import pytest
from django.core.management import get_commands

from telephony.simulator.codes import MEANINGS
from voicex.reasons.attempts import AttemptReason, Outcome
from voicex.reasons.ends import EndReason

ROOT = Path(__file__).resolve().parent.parent
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *ROOT.glob("benchmarks/*.md")])
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
FENCED = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
# What a heading's anchor drops: GitHub keeps letters, digits, hyphens, underscores, spaces.
NOT_IN_ANCHOR = re.compile(r"[^\w\- ]")

# Variables of other programs: the Makefile's, OpenSSL's, the tests' own.
OF_OTHERS = {"PYTHON", "SSL_CERT_FILE", "VOICEX_SPEECH_DIR", "VOICEX_CALLS_DIR"}


def page_names(page):
    return str(page.relative_to(ROOT))


def anchors(page):
    """The anchors of a page's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.+)$", FENCED.sub("", page.read_text()), re.MULTILINE)
    return {NOT_IN_ANCHOR.sub("", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=page_names)
def test_relative_links_lead_somewhere(page):
    broken = []
    for target in LINK.findall(FENCED.sub("", page.read_text())):
        if target.startswith(("http://", "https://", "mailto:")):
            continue
        path, _, anchor = target.partition("#")
        there = (page.parent / path).resolve() if path else page
        if not there.exists() or (anchor and anchor not in anchors(there)):
            broken.append(target)
    assert broken == []


def test_every_page_is_in_the_index():
    index = (ROOT / "docs" / "README.md").read_text()
    pages = {page.name for page in (ROOT / "docs").glob("*.md")} - {"README.md"}
    assert {page for page in pages if f"({page})" not in index} == set()


def test_contributors_are_led_to_their_page():
    for page in ("README.md", "docs/README.md"):
        assert "CONTRIBUTING.md)" in (ROOT / page).read_text()


def test_every_folder_of_pages_is_in_the_handbook():
    page = (ROOT / "docs" / "dashboard.md").read_text().partition("## Where things are")[2]
    named = {
        name
        for found in re.findall(r"`dashboard/\{?([a-z_,]+)\}?/`", page)
        for name in found.split(",")
    }
    views = {
        path.relative_to(ROOT / "dashboard").parts[0]
        for path in (ROOT / "dashboard").rglob("*.py")
        if "HttpResponse" in path.read_text()
    }
    folders = {name for name in views if (ROOT / "dashboard" / name).is_dir()}
    assert folders - {"tests"} == named


def test_every_decision_is_in_its_index():
    index = (ROOT / "docs" / "adr" / "README.md").read_text()
    decisions = {page.name for page in (ROOT / "docs" / "adr").glob("0*.md")}
    assert {page for page in decisions if f"({page})" not in index} == set()


@pytest.mark.parametrize("page", PAGES, ids=page_names)
def test_make_targets_exist(page):
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    # In a code block `make` begins the command; in text it is in backticks.
    named = re.findall(r"(?:`|^|&& |\d )make ([a-z]+)\b", page.read_text(), re.MULTILINE)
    assert set(named) - targets == set()


@pytest.mark.parametrize("page", PAGES, ids=page_names)
def test_management_commands_exist(page):
    named = re.findall(r"manage\.py ([a-z_]+)", page.read_text())
    assert set(named) - set(get_commands()) == set()


@pytest.mark.parametrize("page", PAGES, ids=page_names)
def test_options_of_the_simulated_phone_exist(page):
    sources = ["telephony/simulator/options.py", "telephony/management/commands/call.py"]
    sources += ["telephony/management/commands/storm.py"]
    options = set(re.findall(r'"(--[a-z-]+)"', " ".join((ROOT / s).read_text() for s in sources)))
    lines = re.findall(r"manage\.py (?:call|storm) .*(?:\\\n.*)*", page.read_text())
    named = set(re.findall(r"(?<=[ \[])--[a-z-]+", " ".join(lines)))
    assert named - options == set()


def settings_read():
    """The variables that the settings read, which is the only code that does."""
    source = (ROOT / "voicex" / "settings" / "__init__.py").read_text()
    return set(
        re.findall(r'(?:env\.\w+|_secret|_list|_number|_boolean)\(\s*"([A-Z0-9_]+)"', source)
    )


def container_variables():
    """The variables that the compose file and the entrypoint put in."""
    files = [*ROOT.glob("docker/*.yaml"), *ROOT.glob("docker/*.sh")]
    return set(re.findall(r"\$\{([A-Z_]+)", "".join(file.read_text() for file in files)))


@pytest.mark.parametrize(
    "page", [*PAGES, ROOT / ".env.example", *ROOT.glob("docker/*.env*")], ids=page_names
)
def test_settings_exist(page):
    text = page.read_text()
    assigned = re.findall(r"^#? ?([A-Z][A-Z0-9_]{2,})=", text, re.MULTILINE)
    # A variable at the head of a table's row, alone in backticks.
    tabled = re.findall(r"^\| `([A-Z][A-Z0-9_]{3,})`", text, re.MULTILINE)
    assert {*assigned, *tabled} - settings_read() - container_variables() - OF_OTHERS == set()


def test_every_setting_is_explained():
    page = (ROOT / "docs" / "deployment.md").read_text()
    assert {name for name in settings_read() if f"`{name}`" not in page} == set()


def table_under(heading):
    """The rows of the table below a heading of the page, without the two of its head."""
    page = (ROOT / "docs" / "troubleshooting.md").read_text()
    rows = re.findall(r"^\| .*", page.partition(f"## {heading}\n")[2].partition("\n## ")[0], re.M)
    return rows[1:]


def row_of(*cells):
    return f"| {' | '.join(cells)} |".replace("|  |", "| |")


def test_the_table_of_ends_is_that_of_the_code():
    assert table_under("Why a call ended") == [
        row_of(f"`{reason}`", reason.meaning, reason.remedy) for reason in EndReason
    ]


def test_the_table_of_attempts_is_that_of_the_code():
    became = {Outcome.REFUSED: "refused, 403"}
    assert table_under("Reasons in the Webhook log")[1:] == [
        row_of(
            f"`{reason}`",
            became.get(reason.outcome, reason.outcome),
            reason.meaning,
            reason.remedy,
        )
        for reason in AttemptReason
    ]


def test_every_code_is_explained():
    page = (ROOT / "docs" / "troubleshooting.md").read_text()
    assert {code for code in MEANINGS if str(code) not in page} == set()


def test_each_sentence_about_security_names_a_test_that_exists():
    page = (ROOT / "docs" / "security.md").read_text().partition("\n## Left over")[0]
    named = set(re.findall(r"`([\w/]+/test_\w+\.py)`", page))
    assert {name for name in named if not (ROOT / name).is_file()} == set()
    rows = [row for row in re.findall(r"^\| .*", page, re.MULTILINE) if " proven by |" not in row]
    assert [row for row in rows if not re.search(r"/test_\w+\.py`[^|]* \|$", row)] == []


def test_log_events_in_the_handbook_are_logged():
    table = (ROOT / "docs" / "operating.md").read_text().partition("## Logs")[2].partition("\n## ")
    named = set(re.findall(r"`([a-z_]+)`", "".join(re.findall(r"^\| (`.*?) \|", table[0], re.M))))
    rooms = ("voicex", "accounts", "agents", "usage", "telephony", "dashboard")
    code = "".join(path.read_text() for room in rooms for path in (ROOT / room).rglob("*.py"))
    assert named
    assert {event for event in named if f'"{event}"' not in code} == set()


def test_metrics_in_the_handbook_are_exported():
    page = (ROOT / "docs" / "operating.md").read_text()
    named = {name.removesuffix("_total") for name in re.findall(r"`(voicex_[a-z_]+)`", page)}
    exported = re.findall(
        r'"(voicex_[a-z_]+)"', (ROOT / "telephony" / "process" / "metrics.py").read_text()
    )
    assert named == set(exported)
