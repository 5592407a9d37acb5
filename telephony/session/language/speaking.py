"""The current language of a call, and its changes.

An agent with several languages answers in the caller's language.
`agents.speech.heard.language_choice` detects it from words; the effects of a change are here.
"""

from collections.abc import Iterator

from agents.engines.conversation import Role
from agents.engines.events import Transcribed
from agents.speech.heard.language_choice import LanguageChoice
from agents.speech.turns.ending import TurnEnding
from telephony.session.commands import UseLanguage
from telephony.session.speech import CallerSpeech
from telephony.session.transcript import Transcript, last_spoken
from telephony.spoken.languages import phrases_for


class CallLanguage:
    """The current language. languages: tags of the agent's languages, the main one first."""

    def __init__(
        self, languages: tuple[str, ...], transcript: Transcript, ending: TurnEnding
    ) -> None:
        self._main = languages[0]
        self._choice = LanguageChoice(languages)
        self._transcript = transcript
        self._ending = ending
        self.phrases = phrases_for(self._main)
        self.restore(last_spoken(transcript.turns), is_wished=False)
        if self._was_wished():  # for a returning caller only the turns are known
            self.restore(self.tag, is_wished=True)

    @property
    def tag(self) -> str:
        """The tag, such as "en" or "de-AT"."""
        return self._choice.current

    @property
    def is_wished(self) -> bool:
        """Whether the caller has asked for it."""
        return self._choice.is_wished

    def stays(self, event: Transcribed, speech: CallerSpeech) -> bool:
        """Whether a turn with these words would be answered in the current language."""
        return not self._choice.changes_with(
            event.text,
            event.language,
            again=speech.is_again,
            is_name=self._ending.asks_for_name,
        )

    def hear(self, words: str, speech: CallerSpeech) -> Iterator[UseLanguage]:
        """Process the words of a turn: switches to the language that they are in or ask for."""
        result = None if speech.is_typed else speech.result
        told = result.language if isinstance(result, Transcribed) else ""
        is_name = self._ending.asks_for_name
        if self._choice.take(words, told, again=speech.is_again, is_name=is_name):
            yield UseLanguage(self.tag)
            self._change()
        self._mark_turns()

    def announce(self) -> Iterator[UseLanguage]:
        """The command for a new stream whose call is not in the engine's main language."""
        if self.tag != self._main:
            yield UseLanguage(self.tag)

    def restore(self, language: str, *, is_wished: bool) -> None:
        """Continue in the language (tag) of a former stream; "" for the main one."""
        self._choice.restore(language, is_wished=is_wished)
        if self.tag != self._main:
            self._change()
        self._mark_turns()

    def _was_wished(self) -> bool:
        said = (turn for turn in reversed(self._transcript.turns) if turn.role is Role.CALLER)
        wishes = (self._choice.is_wish(turn.text, turn.language) for turn in said)
        return next((wish for wish in wishes if wish is not None), False)

    def _change(self) -> None:
        self.phrases = phrases_for(self.tag)
        self._ending.use_language(self.tag)

    def _mark_turns(self) -> None:
        if self._choice.is_open:
            self._transcript.caller_language = self._choice.heard
            self._transcript.language = self.tag
