"""Checks that only need the version, the organization's keys and the providers' cards."""

import re
from typing import Final

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.members.trust import HOW_TO_PROVE
from agents.compiler.form import group_of
from agents.engines import registry
from agents.engines.spec import LOCALE
from agents.engines.voices import offered
from agents.http_tools.frozen import missing, names_of, without_secret
from agents.providers import platform_models
from agents.providers.credentials import without_access
from agents.settings.engine_fit import check_fit
from agents.settings.speech import languages_in
from agents.settings.table import read_group
from agents.versions.gate.findings import Finding, State
from agents.versions.gate.subject import Subject
from voicex.errors import ConfigurationError, SecretUnreadable

TOPICS_TOLD: Final = 5
LOCAL: Final = "local"  # a dialogue of ours, which knows the built-in tools alone
KEY: Final = "key:"  # begins the codes of what is wrong with a provider's key
KINDS: Final[tuple[registry.Kind, ...]] = ("stt", "llm", "tts")
_OF_A_LOCALE: Final = re.compile(r"([a-z]{2,3})-[A-Z]{2}\b")


def engines_fit(subject: Subject) -> list[Finding]:
    """Whether this server offers the engines, and they the agent's language and voice."""
    found = []
    spoken = [(kind, *each) for kind in KINDS for each in _spoken(subject)]
    for kind, language, voice in spoken:
        name = subject.engines[kind]
        try:
            check_fit(kind, name, language=language, voice=voice)
        except ConfigurationError as error:
            of_other = "" if language == subject.version.language else f":{language}"
            found.append(
                Finding(
                    State.BAD,
                    f"engine:{kind}:{name}{of_other}",
                    _("Engines"),
                    str(error),
                    _("Edit the agent and choose another engine, language or voice."),
                )
            )
    return found


def _spoken(subject: Subject) -> list[tuple[str, str]]:
    """The languages of the agent, its main one first, and the voice of each, "" for none."""
    version = subject.version
    speech = read_group("speech", version.settings.get("speech"))
    others = languages_in(speech.languages)
    return [(version.language, version.voice), *others.items()]


def keys_exist(subject: Subject) -> list[Finding]:
    """Whether there is a key for every provider that needs one."""
    used = set(subject.engines.values())
    needed = [name for name, card in registry.engines().items() if name in used and card.secret]
    title = _("Provider keys")
    remedy = _("Add a key under Credentials, or choose another engine.")
    try:
        missing = without_access(subject.secrets, used)
    except SecretUnreadable:
        text = _("A saved key can no longer be read.")
        return [Finding(State.BAD, f"{KEY}unreadable", title, text, _("Save the key again."))]
    found = []
    for name in needed:
        if name in missing:
            text = _("This agent uses %(engine)s, but no API key is set.")
            state, code, do = State.BAD, f"{KEY}{name}", remedy
        else:
            text = _("There is a key for %(engine)s.")
            state, code, do = State.GOOD, f"key_set:{name}", ""
        found.append(Finding(state, code, title, text % {"engine": registry.title_of(name)}, do))
    return found


def models_allowed(subject: Subject) -> list[Finding]:
    """Whether the platform's key pays for the models that the agent names."""
    return [
        Finding(
            State.WARN,
            f"models:{problem}",
            _("Models"),
            problem,
            _("Calls use the platform’s own model until you choose another or add your own key."),
        )
        for problem in platform_models.problems(subject.org, subject.version.engine_settings)
    ]


def voice_known(subject: Subject) -> list[Finding]:
    """Whether the voices are the provider's, and each speaks its language of the agent."""
    return [
        finding
        for language, voice in _spoken(subject)
        for finding in _voice_known(subject, voice, language)
    ]


def _voice_known(subject: Subject, voice: str, language: str) -> list[Finding]:
    card = registry.engines().get(subject.engines["tts"])
    if not voice or card is None or card.are_all_voices or not card.voices:
        return []
    if any(LOCALE in name for name in card.voices):
        spoken = _OF_A_LOCALE.match(voice)
        if spoken is None or spoken[1] == language.partition("-")[0].lower():
            return []
        text = _("The voice %(voice)s speaks %(spoken)s, but the agent’s language is %(language)s.")
        said = text % {"voice": voice, "spoken": spoken[1], "language": language}
    elif voice in offered(subject.engines["tts"], language):
        return []
    else:
        text = _("%(engine)s doesn’t list a voice %(voice)s.")
        said = text % {"engine": registry.title_of(subject.engines["tts"]), "voice": voice}
    remedy = _("Listen to the greeting in the editor, or choose another voice.")
    return [Finding(State.WARN, f"voice:{voice}:{language}", _("Voice"), said, remedy)]


def facts_filled(subject: Subject) -> list[Finding]:
    """Whether facts wait to be filled in."""
    topics = subject.unfilled()
    if not topics:
        return []
    text = ngettext(
        "%(count)d fact isn’t filled in: %(topics)s.",
        "%(count)d facts aren’t filled in: %(topics)s.",
        len(topics),
    )
    named = ", ".join(topics[:TOPICS_TOLD]) + (" …" if len(topics) > TOPICS_TOLD else "")
    said = text % {"count": len(topics), "topics": named}
    return [
        Finding(
            State.WARN,
            f"facts:{len(topics)}",
            _("Facts"),
            # "When are you open?." ends twice.
            said.removesuffix(".") if named.endswith(("?", "!", ".", "…")) else said,
            _("Replace the [[double brackets]]. Until then the agent says it doesn’t know."),
        )
    ]


def transfers_possible(subject: Subject) -> list[Finding]:
    """Whether callers are put through at all: an organization that is not proven dials nobody."""
    if subject.org.is_proven or not group_of(subject.version.settings, "transfers").targets:
        return []
    text = _("Callers aren’t put through yet: the agent offers to take a message.")
    return [Finding(State.WARN, "transfers:new", _("Transfers"), text, str(HOW_TO_PROVE))]


def tools_exist(subject: Subject) -> list[Finding]:
    """Whether there are the tools that the agent is to use, and what they send along."""
    title = _("Tools")
    settings = subject.version.settings
    found = []
    if names_of(settings) and subject.engines["llm"] == LOCAL:
        text = _("The local engine can’t use tools.")
        remedy = _("Choose another language model, or clear the tools.")
        found.append(Finding(State.WARN, "tools:local", title, text, remedy))
    for name in missing(subject.org.pk, settings):
        text = _("There is no tool “%(name)s” any more. The agent can’t use it.")
        remedy = _("Edit the agent and clear the tool, or create it again under Tools.")
        found.append(Finding(State.WARN, f"tool:{name}", title, text % {"name": name}, remedy))
    for name, secret in without_secret(subject.org, settings):
        text = _("The tool “%(name)s” needs the secret %(secret)s, which isn’t saved.")
        said = text % {"name": name, "secret": secret}
        remedy = _("Save the secret under Tools.")
        found.append(Finding(State.WARN, f"tool:{name}:{secret}", title, said, remedy))
    return found
