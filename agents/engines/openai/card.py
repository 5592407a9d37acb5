"""The card of OpenAI and of compatible servers."""

from typing import Final

from django.utils.translation import gettext_lazy as _

from accounts.secrets.kinds import SecretKind
from agents.engines.openai.server_address import OPENAI_URL
from agents.engines.spec import EngineSpec, ListPrice, OptionSpec

# Parameters that an agent may not add to a chat request: those that we send ourselves, those that
# multiply the cost, and those without use on a telephone.
RESERVED: Final = frozenset({
    "audio", "best_of", "function_call", "functions", "input", "logprobs", "max_completion_tokens",
    "max_tokens", "messages", "metadata", "modalities", "model", "models", "n", "plugins",
    "prediction", "prompt", "service_tier", "store", "stream", "stream_options", "tool_choice",
    "tools", "top_logprobs", "web_search_options",
})  # fmt: skip
# Of gpt-4o-mini-tts (https://platform.openai.com/docs/guides/text-to-speech); a compatible server
# may have others.
_VOICES: Final = (
    "alloy", "ash", "ballad", "coral", "echo", "fable", "nova", "onyx", "sage", "shimmer", "verse",
)  # fmt: skip
_ANOTHER_MODEL: Final = (
    "the model for this agent; on the platform's key one of `OPENAI_MODELS`, if that is set"
)
_AS_IN_ENV: Final = "as in `.env`"
_THE_SERVERS: Final = "the server's"

SPEC: Final = EngineSpec(
    stt="agents.engines.openai.stt",
    llm="agents.engines.openai.llm",
    tts="agents.engines.openai.tts",
    title=_("OpenAI"),
    needs="`OPENAI_API_KEY`; with `OPENAI_BASE_URL` any compatible server",
    voices=_VOICES,
    options=(
        OptionSpec("llm_model", _ANOTHER_MODEL, default=_AS_IN_ENV, setting="OPENAI_LLM_MODEL"),
        OptionSpec("stt_model", _ANOTHER_MODEL, default=_AS_IN_ENV, setting="OPENAI_STT_MODEL"),
        OptionSpec("tts_model", _ANOTHER_MODEL, default=_AS_IN_ENV, setting="OPENAI_TTS_MODEL"),
        OptionSpec(
            "temperature",
            "0 to 2; how much the wording of answers varies",
            default=_THE_SERVERS,
            bounds=(0, 2),
        ),
        OptionSpec(
            "max_tokens",
            "16 to 32,768; includes the reasoning of models that reason",
            default=_THE_SERVERS,
            bounds=(16, 32_768),
        ),
        OptionSpec(
            "reasoning_effort",
            "`none`, `minimal`, `low`, `medium`, `high` or `xhigh`",
            default=_THE_SERVERS,
            choices=("none", "minimal", "low", "medium", "high", "xhigh"),
        ),
        OptionSpec(
            "extra_body",
            "an object of further request fields, at most 4,000 characters, such as "
            '`{"chat_template_kwargs": {"enable_thinking": false}}` for vLLM. Fields that the '
            "platform sends, tools, and fields that multiply the cost of an answer (`n`, "
            "`best_of` and others) are refused",
            reserved=RESERVED,
        ),
        OptionSpec(
            "tts_format",
            "`pcm`, `wav`, `mp3` or `mulaw`",
            default=_AS_IN_ENV,
            setting="OPENAI_TTS_FORMAT",
        ),
        # Each rate that is used keeps a filter of its own, of up to 25 MB for an odd one.
        OptionSpec(
            "tts_sample_rate",
            "sample rate of the server's PCM, in hertz",
            default="from the response, else 24000",
            choices=(8_000, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000),
        ),
        OptionSpec("tts_instructions", "how to speak"),
    ),
    secret=SecretKind(
        name="openai_api_key",
        label=_("OpenAI API key"),
        help_text=_(
            "Create one at platform.openai.com under API keys. The account there needs credit."
        ),
        may_name_server=True,
    ),
    check="agents.engines.openai.client",
    does_tasks=True,
    address=OPENAI_URL,
    key_setting="OPENAI_API_KEY",
    address_setting="OPENAI_BASE_URL",
    # Near the public list prices of early 2026.
    prices=(
        ListPrice("stt", 3_000, per=60),  # gpt-4o-mini-transcribe: $0.003 a minute
        ListPrice("llm_in", 150_000, per=1_000_000),  # gpt-4o-mini: $0.15 a million
        ListPrice("llm_out", 600_000, per=1_000_000),
        # gpt-4o-mini-tts: about $0.015 a minute of speech, some 900 characters.
        ListPrice("tts", 16_000_000, per=1_000_000),
    ),
)
