"""The current reply of a call as state, and how a reply whose line was lost is continued."""

from collections.abc import Iterator
from dataclasses import replace

from agents.engines.conversation import Role
from telephony.session.commands import Command, Respond, Say
from telephony.session.replies.playout import Playout
from telephony.session.replies.replies import Replies
from telephony.session.resuming.state import SavedReply
from voicex.reasons.ends import EndReason


def save(replies: Replies) -> SavedReply | None:
    """The current reply and its playback as state; drafts are not saved."""
    reply = replies.current
    if reply is None:
        return None
    return SavedReply(
        playout=reply.playout.save(),
        is_answer=reply.is_answer,
        fixed_text=reply.fixed_text,
        hang_up=reply.hang_up,
        end_reason=reply.end_reason,
        is_interjection=reply.is_interjection,
        is_broken=reply.has_failed,
        number=reply.number,
        has_called=reply.has_called,
        tool_rounds=reply.tool_rounds,
        runs=replies.tools.save(reply),
        is_greeting=reply.is_greeting,
        heard_before=reply.heard_before,
        must_answer=reply.must_answer,
    )


def heard_of(reply: SavedReply, lost_at_ms: int) -> tuple[Playout, str]:
    """The playback of a reply whose line was lost then, and its words that the caller heard."""
    playout = Playout.lost(reply.playout)
    return playout, playout.heard_text(playout.heard_ms(lost_at_ms))


def unheard_characters(reply: SavedReply | None, lost_at_ms: int) -> int:
    """How much a voice has said of a reply that the caller did not hear."""
    if reply is None:
        return 0
    playout, heard = heard_of(reply, lost_at_ms)
    return len(playout.text) - len(heard)


def say_rest(replies: Replies, rest: str, lost: SavedReply, heard: str) -> Say:
    """Say the unheard rest of a reply. heard: what is before the rest."""
    said = replies.say(rest, hang_up=lost.hang_up, is_greeting=lost.is_greeting)
    if replies.current:
        replies.current.end_reason = EndReason.named(lost.end_reason) or EndReason.AGENT_HUNG_UP
        replies.current.is_interjection = lost.is_interjection
        replies.current.heard_before = heard
    return replace(said, is_fixed=rest == lost.fixed_text)


def ask_for_rest(replies: Replies, now_ms: int, *, tool_rounds: int, heard: str) -> Respond:
    """Request the rest of an answer that broke off after the words that were heard."""
    asked = replies.ask(now_ms, tool_rounds=tool_rounds)
    if replies.current:
        replies.current.heard_before = heard
    *before, last = asked.conversation
    if last.role is Role.AGENT and not last.tools:
        last = replace(last, is_unfinished=True, interrupted=False)
    return replace(asked, conversation=(*before, last))


def run_again(replies: Replies, lost: SavedReply, now_ms: int) -> Iterator[Command]:
    """Run the tools of an answer again, and wait for them."""
    reply = replies.await_tools(now_ms, tool_rounds=lost.tool_rounds)
    for run in lost.runs:
        yield replies.tools.begin_again(reply, run)
