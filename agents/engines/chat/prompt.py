"""What a chat model is told: who it is, what it knows, how one speaks on the phone. Pure.

Messages are dictionaries in the chat completions form. They keep to what every compatible
server's template accepts: one system message at the front, then user and assistant in
turn, the user first; so what happened on the line is told in brackets on the user's side.
"""

from typing import Final, Literal, TypedDict

from agents.engines import tokens
from agents.engines.conversation import Role, Utterance
from agents.settings.config import AgentConfig
from agents.speech.reply.hanging_up import MARK

PHONE_MANNERS: Final = f"""\
You are on the telephone, and every word you write is spoken aloud by a voice:
- Answer in one to three short sentences of plain spoken language, the answer first.
- No lists, no headings, no markdown, no emoji, no web addresses spelled with symbols.
- Ask one question at a time.
- The caller's words come from speech recognition and may be misheard: when they make no \
sense, say so and ask again; read numbers and names back before you rely on them.
- Text in [square brackets] is from the telephone line, not from the caller. Never write \
such text, with one exception: when the conversation is over, say goodbye and end with \
{MARK}"""

KNOWLEDGE: Final = """\
This is what you know. Say nothing as a fact that is not here; when you do not know, say \
so and offer to take a message:"""

CONNECTED: Final = "[The call is connected.]"
INTERRUPTED: Final = "[The caller interrupted you: they heard only the words above.]"
UNHEARD: Final = "[The caller interrupted before hearing any of your answer.]"
UNFINISHED: Final = (
    "[The line broke off after the words above. Write only what was still to come, without "
    "repeating any of it.]"
)
UNBEGUN: Final = "[The line broke off before your answer. Answer again, in one short sentence.]"


ChatRole = Literal["system", "developer", "user", "assistant"]

LONG_PROMPT: Final = 1_500  # tokens; below it every context is large enough
READ_SHARE: Final = 0.7  # of an estimate that is no count


class ChatMessage(TypedDict):
    """One message of a chat completions request."""

    role: ChatRole
    content: str


def chat_messages(config: AgentConfig, conversation: tuple[Utterance, ...]) -> list[ChatMessage]:
    """The request's messages for `conversation`; the last one is the user's."""
    messages: list[ChatMessage] = [{"role": "system", "content": system_prompt(config)}]
    if not conversation or conversation[0].role is Role.AGENT:
        _append(messages, "user", CONNECTED)
    for utterance in conversation:
        text = utterance.text.strip()
        if utterance.role is Role.CALLER:
            _append(messages, "user", text)
            continue
        _append(messages, "assistant", text)
        if utterance.is_unfinished:
            _append(messages, "user", UNFINISHED if text else UNBEGUN)
        elif utterance.interrupted:
            _append(messages, "user", INTERRUPTED if text else UNHEARD)
    return messages


def with_system_as(role: ChatRole, messages: list[ChatMessage]) -> list[ChatMessage]:
    """`messages` for a server that knows no system: said in another role's name.

    As "user" it becomes the beginning of the first message, so that both still take turns.
    """
    system, *others = messages
    if role != "user":
        return [{"role": role, "content": system["content"]}, *others]
    first, *rest = others
    return [{"role": "user", "content": f"{system['content']}\n\n{first['content']}"}, *rest]


def estimated_tokens(messages: list[ChatMessage]) -> int:
    """About how many tokens a request of `messages` counts."""
    return sum(
        tokens.estimate(message["content"]) + tokens.TOKENS_PER_MESSAGE for message in messages
    )


def unread_tokens(expected: int, counted: int | None) -> int:
    """How many tokens of a prompt its model seems not to have read; 0 when it read all.

    expected: by our estimate; counted: by the provider, None when it did not. A server with a
    small context cuts a long prompt at its beginning, and says so nowhere else.
    """
    if counted is None or expected < LONG_PROMPT or counted >= READ_SHARE * expected:
        return 0
    return expected - counted


def system_prompt(config: AgentConfig) -> str:
    """The agent's prompt, its facts and the phone manners, in one text."""
    parts = [config.prompt.strip() or f"You are {config.name} and answer the telephone."]
    if config.facts:
        parts.append("\n".join([KNOWLEDGE, *(_fact(f.topic, f.text) for f in config.facts)]))
    parts.append(PHONE_MANNERS)
    parts.append(f"Speak the language with the code {config.language!r}.")
    return "\n\n".join(parts)


def _fact(topic: str, text: str) -> str:
    return f"- {text}" if topic == text else f"- {topic}: {text}"


def _append(messages: list[ChatMessage], role: Literal["user", "assistant"], content: str) -> None:
    """Add to the conversation; what one side says twice in a row becomes one message."""
    if not content:
        return
    if messages[-1]["role"] == role:
        messages[-1]["content"] += f"\n{content}"
    else:
        messages.append({"role": role, "content": content})
