"""Agents that are asked their saved tests: by text, side by side, on a loop of their own.

No database is needed here, no sound is made, and nothing that a model wants done is done: only the
documents of its own version are searched, as in a call.
"""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Final

import structlog

from agents.engines import registry
from agents.engines.base import EngineSetup, Task
from agents.engines.chat.prompt import chat_messages, task_messages
from agents.engines.conversation import Role, ToolCall, ToolResult, ToolUse, Utterance
from agents.meaning.finding import load_soon, near_in
from agents.saved_tests import judging, limits
from agents.saved_tests.expectations import Kind, Problem, problems_of
from agents.text_answers import closing_connections, text_answer
from agents.tools import hang_up, search_documents
from agents.tools.base import ToolContext
from agents.tools.registry import offered
from agents.tools.running import run as run_tool
from voicex.errors import EngineError

SECONDS: Final = 32.0  # of all runs together: the next ones wait so long
TEST_SECONDS: Final = 20.0  # of one test
AT_ONCE: Final = 5  # tests of one run
ROUNDS: Final = 3  # answers in a row that call tools
NOT_RUN: Final = (
    "This is a test, so nothing was sent, changed or looked up by this. Go on as if it had worked, "
    "without making up what it would have given."
)

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class AskedTest:
    """A test as it is asked."""

    questions: tuple[str, ...]
    must: str = ""
    must_not: str = ""
    judge: str = ""


@dataclass(frozen=True, slots=True)
class AskedRun:
    """The tests of one run. setup: of the agent; can_judge: whether its model does tasks."""

    setup: EngineSetup
    tests: tuple[AskedTest, ...]
    can_judge: bool = False


@dataclass(slots=True)
class Outcome:
    """What came of a test. spoken: who said what; None in problems: it was not completed."""

    spoken: list[tuple[str, str]] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    tokens_in: int = 0
    tokens_out: int = 0

    @property
    def is_whole(self) -> bool:
        """Whether it was completed."""
        return not any(each.kind is Kind.BROKEN for each in self.problems)


async def ask_all(runs: Sequence[AskedRun]) -> list[list[Outcome]]:
    """Ask the tests of all runs, for SECONDS at most; raises nothing that a provider causes."""
    outcomes = [[Outcome() for _ in run.tests] for run in runs]
    async with closing_connections():
        with suppress(TimeoutError):
            async with asyncio.timeout(SECONDS):
                await asyncio.gather(*map(_ask_run, runs, outcomes))
    return outcomes


async def _ask_run(run: AskedRun, outcomes: list[Outcome]) -> None:
    room = asyncio.Semaphore(AT_ONCE)
    load_soon(run.setup.config)
    for outcome in outcomes:  # until it is asked
        outcome.problems = [Problem(Kind.BROKEN, "time")]

    async def ask(test: AskedTest, outcome: Outcome) -> None:
        async with room:
            outcome.problems = await _asked(run, test, outcome)

    await asyncio.gather(*map(ask, run.tests, outcomes))


async def _asked(run: AskedRun, test: AskedTest, outcome: Outcome) -> list[Problem]:
    """What is wrong with the agent's answers."""
    try:
        async with asyncio.timeout(TEST_SECONDS):
            await _converse(run.setup, test, outcome)
            answer = "\n".join(text for who, text in outcome.spoken if who == Role.AGENT)
            found = problems_of(
                answer,
                must=test.must,
                must_not=test.must_not,
                language=run.setup.config.language,
            )
            return found + await _judged(run, test, outcome)
    except TimeoutError:
        return [Problem(Kind.BROKEN, "time")]
    except EngineError as error:
        log.info("saved_test_failed", **error.for_the_log())
    except Exception as error:  # boundary: one test spoils none beside it
        log.error("saved_test_failed", error=type(error).__name__)
    return [Problem(Kind.BROKEN, "engine")]


async def _converse(setup: EngineSetup, test: AskedTest, outcome: Outcome) -> None:
    """Ask the questions one after the other, until the agent hangs up."""
    context = _context_of(setup)
    model = registry.language_model(setup.config.llm, setup)
    said = [Utterance(Role.AGENT, setup.config.greeting)] if setup.config.greeting else []
    for question in test.questions:
        said.append(Utterance(Role.CALLER, question))
        outcome.spoken.append((Role.CALLER, question))
        for _ in range(ROUNDS):
            text, calls = await text_answer(
                model,
                said,
                messages=chat_messages(setup.config, tuple(said)),
                longest=limits.ANSWERS,
                metered=outcome,
            )
            uses = [
                ToolUse(call, await _result_of(call, context)) for call in _numbered(calls, said)
            ]
            said.append(Utterance(Role.AGENT, text, tools=tuple(uses)))
            told = [text, *(f"[{call.name} {call.arguments}]" for call in calls)]
            outcome.spoken.append((Role.AGENT, "\n".join(filter(None, told))[: limits.ANSWERS]))
            if any(call.name == hang_up.NAME for call in calls):
                return
            if not calls:
                break


def _context_of(setup: EngineSetup) -> ToolContext:
    """Of a call that can look into the documents, and do nothing else."""
    config = setup.config
    return ToolContext(
        org_id=setup.org_id,
        agent_id=config.agent_id,
        call_sid="",
        offered=frozenset(tool.name for tool in offered(config)),
        passages=config.passages,
        near=near_in(config),
    )


async def _result_of(call: ToolCall, context: ToolContext) -> ToolResult:
    """What a tool gives: the search is of the version itself, and anything else is not run."""
    if call.name == search_documents.NAME:
        return await run_tool(call, context)
    return ToolResult(call.id, NOT_RUN)


def _numbered(calls: Sequence[ToolCall], said: Sequence[Utterance]) -> list[ToolCall]:
    first = sum(len(each.tools) for each in said) + 1
    return [
        replace(call, id=f"test{number:05}") for number, call in enumerate(calls, first)
    ]  # fmt: skip


async def _judged(run: AskedRun, test: AskedTest, outcome: Outcome) -> list[Problem]:
    """What a model finds wrong, asked apart from the conversation."""
    if not test.judge:
        return []
    if not run.can_judge:
        return [Problem(Kind.BROKEN, "no_judge")]
    task = Task(judging.INSTRUCTIONS, judging.MOST_TOKENS)
    model = registry.language_model(run.setup.config.llm, replace(run.setup, task=task))
    asked = (Utterance(Role.CALLER, judging.request(test.judge, outcome.spoken)),)
    written, _ = await text_answer(
        model,
        asked,
        messages=task_messages(task.instructions, asked),
        longest=limits.ANSWERS,
        metered=outcome,
    )
    found = judging.verdict(written)
    if found is None:
        return [Problem(Kind.BROKEN, "verdict")]
    meets, why = found
    return [] if meets else [Problem(Kind.JUDGED, why or test.judge)]
