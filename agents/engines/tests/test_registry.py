"""Engines are chosen by name, and a wrong choice is answered with the right ones."""

import sys
import types

import pytest

from agents.engines import registry
from agents.engines.access import Access, Credentials
from agents.engines.registry import EngineSpec
from agents.engines.scripted.engines import ScriptedLanguageModel, ScriptedSpeechToText
from testing.setups import setup
from voicex.errors import ConfigurationError, EngineMissing


def test_each_part_names_the_engines_that_offer_it():
    assert registry.names("stt") == ["local", "openai", "scripted"]
    assert registry.names("llm") == ["local", "openai", "scripted"]
    assert registry.names("tts") == ["local", "openai", "google", "scripted"]


def test_engines_for_tests_are_offered_only_where_a_setting_asks_for_them(settings):
    settings.TEST_ENGINES = False
    for kind in ("stt", "llm", "tts"):
        assert "scripted" not in registry.names(kind)
    with pytest.raises(ConfigurationError, match="'scripted' does not exist"):
        registry.text_to_speech("scripted", setup())


async def test_engines_for_tests_cannot_be_warmed_where_they_are_not_offered(settings):
    settings.TEST_ENGINES = False
    with pytest.raises(ConfigurationError, match="'scripted' does not exist"):
        await registry.warm(["scripted"])


def test_a_part_is_made_by_the_engine_of_that_name():
    assert isinstance(registry.speech_to_text("scripted", setup()), ScriptedSpeechToText)
    assert isinstance(registry.language_model("scripted", setup()), ScriptedLanguageModel)


def test_an_engine_without_the_part_is_refused_with_those_that_have_it():
    with pytest.raises(ConfigurationError) as refusal:
        registry.speech_to_text("google", setup())
    assert "'google' offers no speech-to-text" in str(refusal.value)
    assert "local, openai, scripted" in str(refusal.value)


def test_an_unknown_engine_is_refused_with_those_there_are():
    with pytest.raises(ConfigurationError, match=r"'wispr' does not exist.*local, openai, google"):
        registry.text_to_speech("wispr", setup())


async def test_an_unknown_engine_cannot_be_warmed():
    with pytest.raises(ConfigurationError, match="'wispr' does not exist"):
        await registry.warm(["wispr"])


def test_a_missing_package_affects_only_agents_that_use_it(monkeypatch, tmp_path):
    (tmp_path / "voicex_needs_a_package.py").write_text("import package_that_is_not_there\n")
    monkeypatch.syspath_prepend(tmp_path)
    spec = EngineSpec(tts="voicex_needs_a_package")
    monkeypatch.setitem(registry.ENGINES, "broken", spec)

    with pytest.raises(EngineMissing, match=r"package_that_is_not_there.*make install"):
        registry.text_to_speech("broken", setup())
    assert registry.text_to_speech("scripted", setup())


async def test_an_engine_is_warmed_once_and_closed_when_it_was_loaded(monkeypatch):
    happened = []
    module = types.ModuleType("voicex_made_up_engine")

    async def warm():
        happened.append("warm")

    async def aclose():
        happened.append("closed")

    async def connect(credentials):
        happened.append(credentials.of("openai").key)

    module.warm, module.aclose, module.connect = warm, aclose, connect
    monkeypatch.setitem(sys.modules, "voicex_made_up_engine", module)
    monkeypatch.setattr(registry, "ENGINES", {"made-up": EngineSpec(stt="voicex_made_up_engine")})
    monkeypatch.setattr(registry, "_warmed", set())

    await registry.warm(["made-up"])
    await registry.warm(["made-up"])
    await registry.connect(["made-up"], Credentials({"openai": Access("sk-a")}))
    await registry.aclose()

    assert happened == ["warm", "sk-a", "closed"]
