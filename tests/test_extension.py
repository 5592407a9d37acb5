"""What it takes to add something: each test writes it as a developer would, and counts files."""

import asyncio
import json
import re
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from textwrap import dedent

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils import timezone

from accounts.secrets.vault import SealedSecrets, reveal_secret
from agents.compiler import process
from agents.compiler.tasks import TASKS
from agents.engines import registry, voices
from agents.engines.conversation import ToolCall
from agents.models import Agent
from agents.providers.credentials import credentials_of, engines_without_access
from agents.providers.documentation import engines_table, options_table
from agents.settings import table
from agents.settings.config import TurnTaking
from agents.settings.kinds import Milliseconds, declared
from agents.settings.reference import reference
from agents.tools.base import Tool
from agents.tools.registry import TOOLS
from agents.versions.drafts import draft_of, view_of
from agents.versions.duplicate import export_agent, import_agent
from agents.versions.publishing import publish
from telephony.admission.tickets import make_ticket
from telephony.session.events import ToolReturned
from testing.calls.harness import running_call
from testing.calls.media_stream import Stream
from testing.calls.served import all_written, greeted_and_answered, media_process, serving
from testing.engines import StubLanguageModel, StubSpeechToText
from testing.engines import settle as settled
from testing.office import Office, browser_of
from testing.phone_number import PhoneNumber
from usage.billing.price_books import draft_prices
from usage.billing.settlement import settle
from usage.models import Call, LedgerEntry, Turn

pytestmark = pytest.mark.django_db(transaction=True)

ROOT = Path(__file__).parents[1]
# What is derived from the table: no file of these may name a setting.
DERIVED = ("dashboard/agents", "templates", "agents/admin", "agents/compiler", "agents/settings")
DECLARED = "agents/settings/groups.py"
SIRIUS = {"stt": "sirius", "llm": "sirius", "tts": "sirius"}
KEY = "sirius-0123456789abcdef"
# The folder of a provider that does not exist; it would be in `agents/engines/`.
PROVIDER = {
    "__init__.py": '"""Engines of Sirius."""\n',
    "card.py": '''
        """Sirius: hears, writes and speaks."""

        from accounts.secrets.kinds import SecretKind
        from agents.engines.spec import EngineSpec, ListPrice, OptionSpec

        SPEC = EngineSpec(
            stt="sirius.stt",
            llm="sirius.llm",
            tts="sirius.tts",
            title="Sirius",
            needs="an organization's own key",
            notes={"tts": "two voices"},
            languages=frozenset({"en"}),
            voices=("anna", "bert"),
            are_all_voices=True,
            options=(OptionSpec("pitch", "how high it speaks", default="1.0", bounds=(0.5, 2)),),
            secret=SecretKind(name="sirius_key", label="Sirius key"),
            check="sirius.stt",
            prices=(
                ListPrice("stt", 120),
                ListPrice("llm_in", 2),
                ListPrice("llm_out", 8),
                ListPrice("tts", 15),
            ),
        )
        ''',
    "stt.py": '''
        """Hears the same words in everything."""

        from voicex.errors import EngineReason, EngineRefused

        def verify(credentials):
            if not credentials.of("sirius").key.startswith("sirius-"):
                raise EngineRefused("no", reason=EngineReason.KEY_REFUSED)

        def make_stt(setup):
            return Transcriber(setup.credentials.of("sirius").key)

        class Transcriber:
            def __init__(self, key):
                self.key = key

            async def transcribe(self, audio):
                return "Which stars can I see tonight?"
        ''',
    "llm.py": '''
        """Writes the key that it was given, so that a test sees it."""

        from agents.engines.model_events import TextDelta, TokensUsed

        warmed = []

        async def warm():
            warmed.append("llm")

        def make_llm(setup):
            return Writer(setup.credentials.of("sirius").key)

        class Writer:
            def __init__(self, key):
                self.key = key

            async def reply(self, conversation):
                yield TextDelta(f"All of them, with {self.key[:6]}.")
                yield TokensUsed(20, 6)
        ''',
    "tts.py": '''
        """Speaks a tone."""

        from agents.engines.scripted.engines import tone_mulaw

        def make_tts(setup):
            return Voice()

        class Voice:
            cache_key = "sirius"

            async def speak(self, text):
                yield tone_mulaw(20 * len(text))
        ''',
}


@pytest.fixture
def provider(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A provider's folder on the import path, and its line in the registry."""
    folder = tmp_path / "providers" / "sirius"
    folder.mkdir(parents=True)
    for name, text in PROVIDER.items():
        (folder / name).write_text(dedent(text))
    monkeypatch.syspath_prepend(folder.parent)
    monkeypatch.setattr(registry, "_warmed", set())
    monkeypatch.setitem(registry.ENGINES, "sirius", registry.card_of("sirius"))
    yield folder
    for name in [each for each in sys.modules if each.partition(".")[0] == "sirius"]:
        del sys.modules[name]


@pytest.fixture
def line(line: PhoneNumber, settings, tmp_path: Path) -> PhoneNumber:
    """Acorn's number."""
    settings.VAR_DIR = tmp_path / "var"
    return line


def store_key(line: PhoneNumber, cast, key: str = KEY) -> str:
    """What the credentials page says when `key` is saved for the made-up provider."""
    page = f"/o/{line.org.public_id}/credentials/"
    return browser_of(cast.adam).post(page, {"part": "sirius", "sirius_key": key}, follow=True).text


def is_called(line: PhoneNumber) -> Call:
    """A call from the webhook to its settlement."""
    call = line.answered()
    stream = Stream()

    async def scenario() -> None:
        task = serving(stream)
        stream.starts(make_ticket(call))
        await greeted_and_answered(stream)
        stream.stops()
        await task
        await all_written(shared)

    with media_process() as shared:
        asyncio.run(scenario())
    settle(call.pk, now=timezone.now())
    return Call.objects.get(pk=call.pk)


def test_a_provider_is_a_folder_and_a_line(provider, line, cast, capsys):
    # Selectable, with its voices, languages and options.
    editor = browser_of(cast.adam).get(
        f"/o/{line.org.public_id}/agents/{line.agent.public_id}/edit/"
    )
    assert editor.text.count('<option value="sirius"') == 3
    assert voices.offered("sirius", "en") == ("anna", "bert")
    with pytest.raises(ValidationError, match=r"no voice 'carl'\. Choose one of: anna, bert"):
        publish(line.agent, **SIRIUS, voice="carl")
    with pytest.raises(ValidationError, match=r"sirius\.pitch must be between 0\.5 and 2"):
        publish(line.agent, **SIRIUS, settings={"engines": {"sirius.pitch": 3}})
    publish(line.agent, **SIRIUS, voice="anna", settings={"engines": {"sirius.pitch": 1.5}})
    config = line.agent.published.config()
    assert engines_without_access(SealedSecrets(line.org), config) == ["sirius"]

    # Credentialed: asked of the provider, sealed, and given to its engines alone.
    assert "The provider rejected it" in store_key(line, cast, "stolen-0123456789")
    assert "Saved and verified" in store_key(line, cast)
    assert reveal_secret(line.org, name="sirius_key") == KEY
    assert credentials_of(line.org).of("sirius").key == KEY
    assert credentials_of(line.org).of("openai").key != KEY
    assert engines_without_access(SealedSecrets(line.org), config) == []

    # Priced: the price book proposes its list prices.
    assert {(row.component, row.micros) for row in draft_prices() if row.engine == "sirius"} == {
        ("stt", 120), ("llm_in", 2), ("llm_out", 8), ("tts", 15)
    }  # fmt: skip

    # Documented.
    assert "| `sirius` | yes | yes | two voices | an organization's own key |" in engines_table()
    assert "| `sirius.pitch` | 1.0 | how high it speaks |" in options_table()

    # Warmed, and called from end to end.
    asyncio.run(registry.warm(["sirius"]))
    assert sys.modules["sirius.llm"].warmed == ["llm"]
    call = is_called(line)
    turns = list(Turn.objects.filter(call=call).order_by("number").values_list("role", "text"))
    assert turns[1:] == [
        ("caller", "Which stars can I see tonight?"),
        ("agent", "All of them, with sirius."),
    ]
    assert LedgerEntry.objects.filter(call=call, component="tts").exists()

    touched = [f"sirius/{path.name}" for path in sorted(provider.glob("*.py"))]
    touched.append("agents/engines/registry.py (one line)")
    with capsys.disabled():
        sys.stdout.write(f"\nA provider touches {len(touched)} files: {', '.join(touched)}\n")
    assert len(touched) == len(PROVIDER) + 1


def test_a_call_on_a_provider_without_a_price_is_settled_with_open_lines(provider, line, cast):
    publish(line.agent, **SIRIUS)
    store_key(line, cast)
    call = is_called(line)
    assert call.settled_at is not None
    open_lines = LedgerEntry.objects.filter(call=call, is_open=True)
    assert set(open_lines.values_list("component", "amount_micros")) == {
        (component, 0) for component in ("stt", "llm_in", "llm_out", "tts")
    }
    page = browser_of(cast.adam).get(f"/o/{line.org.public_id}/calls/{call.call_sid}/")
    assert page.text.count("no price yet") == 4
    operator = browser_of(cast.olga)
    assert "text-to-speech on sirius: 1 call" in operator.get("/operator/").text
    prices = operator.get("/operator/prices/").text
    assert "no specific price for speech-to-text on sirius" in prices
    draft = operator.get("/operator/prices/new/").text
    assert "has no price for speech-to-text on sirius" in draft


@dataclass(frozen=True, slots=True)
class WithPatience(TurnTaking):
    """Turn-taking with one more row, as one would add it to the class itself."""

    patience_ms: int = field(
        default=900,
        metadata=declared(Milliseconds(100, 5_000), "Patience", "How long the agent waits."),
    )


@pytest.fixture
def patience(monkeypatch):
    """The made-up setting, in this process; that of the compiler is one that reads it as well."""

    def ask(task, given):
        return json.loads(json.dumps(TASKS[task](given, lambda _name: None)))

    monkeypatch.setitem(table.GROUPS, "turn_taking", WithPatience)
    monkeypatch.setattr(process.compiler, "ask", ask)


@pytest.fixture
def office(cast):
    return Office(cast.acorn)


def edited(browser, office, **typed):
    """The editor's answer to what it showed, with `typed` instead."""
    url = office.url(f"agents/{office.agent.public_id}/edit/")
    form = browser.get(url).context["form"]
    values = {name: form[name].value() for name in form.fields}
    kept = {name: value for name, value in values.items() if value not in (None, False)}
    view = view_of(Agent.objects.get(), draft_of(office.agent))
    return browser.post(url, kept | {"view": view} | typed, follow=True)


def test_a_setting_is_written_compared_and_heard_by_the_next_call(patience, cast, office):
    browser = browser_of(cast.bob)
    refused = edited(browser, office, turn_taking_patience_ms="9000")
    assert "Enter a whole number (100 to 5,000 milliseconds)." in refused.text
    draft = edited(browser, office, turn_taking_patience_ms="1200")
    assert "<h3>Patience, in milliseconds</h3>" in draft.text
    assert "<ins>" in draft.text
    publish = office.url(f"agents/{office.agent.public_id}/publish/")
    sent = {"view": view_of(Agent.objects.get(), draft_of(office.agent))}
    assert "1,200 milliseconds" in browser.post(publish, sent, follow=True).text
    assert Agent.objects.get().published.config().turn_taking.patience_ms == 1_200


def test_a_setting_is_in_files_in_the_admin_and_in_the_handbook(patience, cast, office):
    edited(browser_of(cast.bob), office, turn_taking_patience_ms="1200")
    agent = Agent.objects.get()
    content = export_agent(agent, actor=None)
    assert json.loads(content)["turn_taking"]["patience_ms"] == 900
    changed = content.replace(b'"patience_ms": 900', b'"patience_ms": 1300')
    copy = import_agent(cast.birch, content=changed, actor=None)
    assert copy.published.turn_taking.patience_ms == 1_300
    page = browser_of(cast.olga).get(reverse("admin:agents_agent_change", args=[copy.pk]))
    assert "Patience" in page.text
    assert "1,300 milliseconds" in page.text
    assert "| Patience | `turn_taking.patience_ms` | 900 ms | 100 to 5,000 ms |" in reference()


def test_a_setting_takes_one_file_and_its_use(capsys):
    names = [each.name for each in table.settings_of("turn_taking")]
    named = {name: files_that_name(name) for name in names}
    assert all(files == [DECLARED] for files in named.values()), named
    with capsys.disabled():
        sys.stdout.write(f"\nA setting of an agent touches 1 file and its use: {DECLARED}\n")


def files_that_name(name):
    """The files of DERIVED, without their tests, in which `name` is a word."""
    return [
        path.relative_to(ROOT).as_posix()
        for room in DERIVED
        for path in sorted((ROOT / room).rglob("*.*"))
        if path.suffix in (".py", ".html") and "tests" not in path.parts
        if re.search(rf"\b{name}\b", path.read_text())
    ]


# A file that does not exist; it would be in `agents/tools/`.
TOOL = '''
    """When the house is open."""

    import msgspec

    from agents.tools.base import Effect, Tool, ToolContext


    class Arguments(msgspec.Struct):
        """The day of the week, in English."""

        day: str


    async def run(arguments: Arguments, context: ToolContext) -> str:
        """The hours of that day."""
        return f"From nine on {arguments.day}."


    TOOL = Tool(
        name="opening_hours",
        description="When we are open on a day.",
        effect=Effect.READ,
        arguments=Arguments,
        run=run,
    )
'''


@pytest.fixture
def add_tool(tmp_path: Path, monkeypatch, capsys) -> Callable[[str], Tool]:
    """Writes the file of a tool and lists it in the registry; what that took is printed."""

    def add(source: str) -> Tool:
        file = tmp_path / "opening_hours.py"
        file.write_text(dedent(source))
        spec = spec_from_file_location("agents.tools.opening_hours", file)
        assert spec is not None
        assert spec.loader is not None
        module = module_from_spec(spec)
        spec.loader.exec_module(module)
        monkeypatch.setitem(TOOLS, module.TOOL.name, module.TOOL)
        with capsys.disabled():
            sys.stdout.write("\na tool: 1 file of its own, 1 line in agents/tools/registry.py\n")
        return module.TOOL

    return add


async def test_a_tool_is_a_file_and_a_line_and_is_called_in_a_call(add_tool):
    tool = add_tool(TOOL)
    llm = StubLanguageModel([ToolCall(tool.name, '{"day":"Monday"}')], ["We open at nine."])
    stt = StubSpeechToText(["When do you open on Monday?"])
    async with running_call(llm=llm, stt=stt) as (call, _):
        await call.greeted()
        before = len(call.stream.audio)
        await call.caller_speaks()
        await call.caller_is_silent()
        await call.stream.until(lambda: len(call.stream.audio) > before)
        await settled()
        call.stream.returns_marks()
        await settled()
        call.stream.stops()
    assert [(turn["role"], turn["text"], turn["heard_text"]) for turn in call.records.turns()] == [
        ("agent", call.greeting, call.greeting),
        ("caller", "When do you open on Monday?", "When do you open on Monday?"),
        ("tool", 'opening_hours {"day":"Monday"}', "From nine on Monday."),
        ("agent", "We open at nine.", "We open at nine."),
    ]
    [use] = llm.asked[-1][-1].tools
    assert use.result is not None
    assert use.result.text == "From nine on Monday."
    assert ToolReturned("call00001", "From nine on Monday.") in call.records.events()
