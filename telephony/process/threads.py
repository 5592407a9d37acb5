"""The threads and tasks of a serving process, by the name that each has at run time.

The tables of docs/architecture.md are generated from it, and a test finds every place in the code
that starts one. `*` is a placeholder for a variable part.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Scope(StrEnum):
    """The lifetime of a thread or task."""

    PROCESS = "the process"
    CALL = "a call"
    ANSWER = "an answer"
    SOCKET = "a page's socket"
    REQUEST = "a request"


@dataclass(frozen=True, slots=True)
class ThreadRow:
    """count: how many at most, in words."""

    name: str
    count: str
    scope: Scope
    work: str


@dataclass(frozen=True, slots=True)
class TaskRow:
    """One task of the event loop, or one of each `scope`."""

    name: str
    scope: Scope
    work: str


THREADS: Final = (
    ThreadRow(
        "record-writer",
        "1",
        Scope.PROCESS,
        "writes all rows: records of calls, attempts, the report; has its own connection",
    ),
    ThreadRow("recordings-*", "4 pools of 1", Scope.PROCESS, "carry recorded sound to the storage"),
    ThreadRow("call-setup", "4", Scope.PROCESS, "redeem tickets; browsers' checks of access"),
    ThreadRow("page-sockets", "4", Scope.PROCESS, "admit the sockets of pages, and check access"),
    ThreadRow("page-files", "16", Scope.PROCESS, "read recordings that pages play"),
    ThreadRow("carrier-webhooks", "4", Scope.PROCESS, "answer the voice webhook and the callbacks"),
    ThreadRow(
        "stall-watch", "1", Scope.PROCESS, "records the stacks when the event loop is stalled"
    ),
    ThreadRow("database-watch", "1, on PostgreSQL", Scope.PROCESS, "monitors the database"),
    ThreadRow(
        "known-keys", "1, now and then", Scope.PROCESS, "refreshes the cache of keys and agents"
    ),
    ThreadRow("speech", "2", Scope.PROCESS, "local recogniser, voice and embeddings"),
    ThreadRow(
        "speech-background", "1", Scope.PROCESS, "voices that a page plays, documents' meaning"
    ),
    ThreadRow("end-of-turn", "1", Scope.PROCESS, "runs the end-of-turn model on pauses in doubt"),
    ThreadRow("facts", "1", Scope.PROCESS, "encodes the facts of agents with the local model"),
    ThreadRow("voicex-worker", "1, without Redis", Scope.PROCESS, "settles, and runs other tasks"),
    ThreadRow("voicex-beat", "1, without Redis", Scope.PROCESS, "the schedule of those tasks"),
    ThreadRow("webhooks", "1, where tasks run", Scope.PROCESS, "sends outgoing webhooks"),
    ThreadRow("webhook-rows", "1, beside it", Scope.PROCESS, "reads and writes what it sends"),
    ThreadRow("analyses", "1, where tasks run", Scope.PROCESS, "analyses finished calls by models"),
    ThreadRow("saved-tests", "1, where tasks run", Scope.PROCESS, "runs saved tests of agents"),
    ThreadRow("meanings", "1, where tasks run", Scope.PROCESS, "computes vectors of documents"),
    ThreadRow("sites", "1, where tasks run", Scope.PROCESS, "imports facts from websites"),
    ThreadRow(
        "questions-to-carriers",
        "1, where tasks run",
        Scope.PROCESS,
        "queries carriers about finished calls",
    ),
    ThreadRow(
        "hang-ups-at-carriers",
        "1, where tasks run",
        Scope.PROCESS,
        "has carriers end calls that no process carries",
    ),
    ThreadRow("fence-lookup", "1 a name", Scope.REQUEST, "resolves a host name"),
    ThreadRow("publication", "4", Scope.REQUEST, "query providers and carrier for the gate"),
    ThreadRow("doctor", "4", Scope.REQUEST, "query providers, carrier and storage for the doctor"),
)

TASKS: Final = (
    TaskRow("loop-watch", Scope.PROCESS, "measures the lag of the event loop"),
    TaskRow("stay-ready", Scope.PROCESS, "keeps providers connected and prepares published agents"),
    TaskRow("start-worker", Scope.PROCESS, "loads and starts the worker, without Redis"),
    TaskRow("paid-voices", Scope.PROCESS, "renders the fixed sentences of paid voices"),
    TaskRow("keep-models-loaded", Scope.PROCESS, "checks for models that would be unloaded"),
    TaskRow("keep a model loaded", Scope.PROCESS, "sends a request to one of them"),
    TaskRow("connect", Scope.PROCESS, "opens connections for an expected call"),
    TaskRow("order-end", Scope.PROCESS, "tells another process to end a call"),
    TaskRow("leave-calls", Scope.PROCESS, "hands calls over to another process at a stop"),
    TaskRow("tool-write", Scope.PROCESS, "completes a tool that writes after the end of its call"),
    TaskRow("live", Scope.PROCESS, "the next three"),
    TaskRow("live-news", Scope.PROCESS, "publishes which calls have changed"),
    TaskRow("live-sounds", Scope.PROCESS, "publishes the audio of calls to listeners"),
    TaskRow("live-orders", Scope.PROCESS, "receives orders for the calls of this process"),
    TaskRow("mp3-spawn-spares", Scope.PROCESS, "starts spare FFmpeg processes"),
    TaskRow("webhook-turn", Scope.PROCESS, "sends due deliveries to one endpoint"),
    TaskRow("webhook-posts", Scope.PROCESS, "sends due deliveries of one call in order"),
    TaskRow("socket", Scope.CALL, "receives and sends its messages"),
    TaskRow("read", Scope.CALL, "receives messages on a server without our fast path"),
    TaskRow("write", Scope.CALL, "sends messages there"),
    TaskRow("clock", Scope.CALL, "sends ticks to the session; writes a snapshot every 10 s"),
    TaskRow("watch", Scope.CALL, "checks periodically whether a member may still test agents"),
    TaskRow("revocations", Scope.CALL, "waits for the revocation of a right"),
    TaskRow("transcribe", Scope.CALL, "transcribes an utterance"),
    TaskRow("peek", Scope.CALL, "transcribes the beginning of a sound over the agent"),
    TaskRow("tool *", Scope.CALL, "runs a tool that an answer has called"),
    TaskRow("response *", Scope.ANSWER, "produces the answer"),
    TaskRow("ask the model", Scope.ANSWER, "reads the model's stream"),
    TaskRow("mp3-feed", Scope.ANSWER, "writes the voice's MP3 data to FFmpeg"),
    TaskRow("mp3-complaints", Scope.ANSWER, "reads FFmpeg's error messages"),
    TaskRow("forward", Scope.SOCKET, "forwards news or audio to the page"),
    TaskRow("order-answer", Scope.REQUEST, "receives what became of an order to a call"),
    TaskRow("work", Scope.SOCKET, "repeats the request to listen"),
)


def table() -> str:
    """Both lists as Markdown."""
    threads = [f"| `{t.name}` | {t.count} | {t.scope} | {t.work} |" for t in THREADS]
    tasks = [f"| `{t.name}` | {t.scope} | {t.work} |" for t in TASKS]
    return "\n".join(
        [
            "| thread | how many | of | what it does |",
            "|---|---|---|---|",
            *threads,
            "",
            "| task | of | what it does |",
            "|---|---|---|",
            *tasks,
        ]
    )
