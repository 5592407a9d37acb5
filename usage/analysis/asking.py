"""Requests to models for the analysis of calls, concurrently on an event loop of their own.

No database is needed here. Each call has two requests at most, and SECONDS in all.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import structlog

from agents.analysis import answer, request
from agents.analysis.answer import Checked
from agents.analysis.fields import CallField
from agents.analysis.lines import Record
from agents.analysis.rules import Analysis
from agents.engines import registry
from agents.engines.base import EngineSetup, LanguageModel, Task
from agents.engines.chat.prompt import task_messages
from agents.engines.conversation import Role, Utterance
from agents.text_answers import closing_connections, text_answer
from voicex.errors import EngineError

SECONDS: Final = 20.0
MOST_TOKENS: Final = 2_000  # of an answer, the reasoning of models that reason included

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Question:
    """A call to analyse by a model. setup: of its agent, with the task."""

    call_id: int
    setup: EngineSetup
    record: Record
    fields: tuple[CallField, ...] = ()


@dataclass(slots=True)
class Asked:
    """The result. analysis: None without a valid answer; is_worth_another: whether to
    retry later.
    """

    analysis: Analysis | None = None
    tokens_in: int = 0
    tokens_out: int = 0
    is_worth_another: bool = False


def task_of(record: Record, fields: Sequence[CallField]) -> Task:
    """The task of analysing the call."""
    told = request.instructions(language=record.language, fields=fields, began=record.began)
    return Task(told, MOST_TOKENS)


async def ask_all(questions: Sequence[Question]) -> list[Asked]:
    """Analyse all calls concurrently; never raises for failures of providers."""
    async with closing_connections():
        return await asyncio.gather(*(_ask(question) for question in questions))


async def _ask(question: Question) -> Asked:
    asked = Asked()
    try:
        async with asyncio.timeout(SECONDS):
            model = registry.language_model(question.setup.config.llm, question.setup)
            await _converse(model, question, asked)
    except TimeoutError:
        log.warning("analysis_failed", call_id=question.call_id, error="TimeoutError")
        asked.is_worth_another = True
    except EngineError as error:
        log.warning("analysis_failed", call_id=question.call_id, **error.for_the_log())
        asked.is_worth_another = error.retryable
    except Exception as error:  # boundary: one call's answer spoils none beside it
        log.error("analysis_failed", call_id=question.call_id, error=type(error).__name__)
    return asked


async def _converse(model: LanguageModel, question: Question, asked: Asked) -> None:
    """Request an answer, with one retry if it is invalid."""
    said = [Utterance(Role.CALLER, request.transcript(question.record.lines))]
    written = await _written(model, question, said, asked)
    first = answer.checked(written, question.record, question.fields)
    asked.analysis = first.analysis if first else None
    if first is not None and not first.problems:
        return
    problems = first.problems if first else ("it must be one JSON object",)
    said += [
        Utterance(Role.AGENT, written[: answer.LONGEST]),
        Utterance(Role.CALLER, request.again(problems)),
    ]
    written = await _written(model, question, said, asked)
    second = answer.checked(written, question.record, question.fields)
    if second is not None and _is_better(second, first):
        asked.analysis = second.analysis


def _is_better(second: Checked, first: Checked | None) -> bool:
    return first is None or len(second.problems) <= len(first.problems)


async def _written(
    model: LanguageModel, question: Question, said: list[Utterance], asked: Asked
) -> str:
    """The model's answer up to a limit; its tokens are counted in `asked`."""
    task = task_of(question.record, question.fields)
    text, _ = await text_answer(
        model,
        said,
        messages=task_messages(task.instructions, tuple(said)),
        longest=answer.LONGEST,
        metered=asked,
    )
    return text
