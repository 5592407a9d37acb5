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
    ThreadRow("carrier-webhooks", "4", Scope.PROCESS, "answer the voice webhook and the callbacks"),
    ThreadRow(
        "stall-watch", "1", Scope.PROCESS, "names what runs when the event loop stands still"
    ),
    ThreadRow(
        "database-watch", "1, on PostgreSQL", Scope.PROCESS, "asks whether the database answers"
    ),
    ThreadRow("lines", "1, now and then", Scope.PROCESS, "reads which agent answers which key"),
    ThreadRow("speech", "2", Scope.PROCESS, "local recogniser, voice and embeddings"),
    ThreadRow(
        "speech-background", "1", Scope.PROCESS, "voices that a page plays, documents' meaning"
    ),
    ThreadRow("end-of-turn", "1", Scope.PROCESS, "judges the sound of pauses, when words do not"),
    ThreadRow("facts", "1", Scope.PROCESS, "reads what agents of the local model know"),
    ThreadRow("voicex-worker", "1, without Redis", Scope.PROCESS, "settles, and runs other tasks"),
    ThreadRow("voicex-beat", "1, without Redis", Scope.PROCESS, "the schedule of those tasks"),
    ThreadRow("webhooks", "1, where tasks run", Scope.PROCESS, "sends outgoing webhooks"),
    ThreadRow("webhook-rows", "1, beside it", Scope.PROCESS, "reads and writes what it sends"),
    ThreadRow("analyses", "1, where tasks run", Scope.PROCESS, "asks models what calls came to"),
    ThreadRow("saved-tests", "1, where tasks run", Scope.PROCESS, "asks agents their saved tests"),
    ThreadRow("meanings", "1, where tasks run", Scope.PROCESS, "has documents read by meaning"),
    ThreadRow("sites", "1, where tasks run", Scope.PROCESS, "reads organizations' sites for facts"),
    ThreadRow(
        "questions-to-carriers", "1, where tasks run", Scope.PROCESS, "asks what calls have cost"
    ),
    ThreadRow("fence-lookup", "1 a name", Scope.REQUEST, "looks a client's host name up"),
    ThreadRow("publication", "4", Scope.REQUEST, "ask providers and carrier before publishing"),
    ThreadRow("doctor", "4", Scope.REQUEST, "ask providers, carrier and storage for the doctor"),
)

TASKS: Final = (
    TaskRow("loop-watch", Scope.PROCESS, "measures how late the loop runs"),
    TaskRow("stay-ready", Scope.PROCESS, "keeps providers connected and prepares published agents"),
    TaskRow("start-worker", Scope.PROCESS, "loads and starts the worker, without Redis"),
    TaskRow("paid-voices", Scope.PROCESS, "renders the fixed sentences of paid voices"),
    TaskRow("keep-models-loaded", Scope.PROCESS, "asks for models that would be unloaded"),
    TaskRow("keep a model loaded", Scope.PROCESS, "asks for one of them"),
    TaskRow("connect", Scope.PROCESS, "opens connections for a call that is about to come"),
    TaskRow("order-end", Scope.PROCESS, "tells another process to end a call"),
    TaskRow("leave-calls", Scope.PROCESS, "leaves its calls to another process, as this one stops"),
    TaskRow("tool-write", Scope.PROCESS, "carries on what a tool writes, though its call ends"),
    TaskRow("live", Scope.PROCESS, "the next three"),
    TaskRow("live-news", Scope.PROCESS, "tells pages which calls have changed"),
    TaskRow("live-sounds", Scope.PROCESS, "tells listeners the sound of calls"),
    TaskRow("live-orders", Scope.PROCESS, "takes orders for the calls that this process carries"),
    TaskRow("mp3-spawn-spares", Scope.PROCESS, "starts FFmpeg before it is needed"),
    TaskRow("webhook-turn", Scope.PROCESS, "sends what is due to one endpoint"),
    TaskRow("webhook-posts", Scope.PROCESS, "sends what is due of one call, one after the other"),
    TaskRow("socket", Scope.CALL, "carries its messages, both ways"),
    TaskRow("read", Scope.CALL, "its messages inwards, on a server without our fast lane"),
    TaskRow("write", Scope.CALL, "its messages outwards, there"),
    TaskRow("clock", Scope.CALL, "tells the session the time; writes a snapshot every 10 s"),
    TaskRow("watch", Scope.CALL, "asks whether a browser's member may still try agents"),
    TaskRow("revocations", Scope.CALL, "hears that a member has lost a right"),
    TaskRow("transcribe", Scope.CALL, "the text of what the caller says"),
    TaskRow("peek", Scope.CALL, "the first words of a sound over the agent"),
    TaskRow("tool *", Scope.CALL, "runs a tool that an answer wants"),
    TaskRow("response *", Scope.ANSWER, "has it written and spoken"),
    TaskRow("ask the model", Scope.ANSWER, "reads what the model writes"),
    TaskRow("mp3-feed", Scope.ANSWER, "gives FFmpeg what a voice sends"),
    TaskRow("mp3-complaints", Scope.ANSWER, "reads what FFmpeg says of it"),
    TaskRow("forward", Scope.SOCKET, "news or sound to the page"),
    TaskRow("work", Scope.SOCKET, "says again that the page listens"),
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
