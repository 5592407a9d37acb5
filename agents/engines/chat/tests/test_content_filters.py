"""What a provider's filter refused is left out of later requests, and nothing else."""

from agents.engines.chat.content_filters import WITHHELD, FilteredTurns
from agents.engines.conversation import Role, ToolCall, ToolResult, ToolUse, Utterance


def caller(text: str) -> Utterance:
    return Utterance(Role.CALLER, text)


def looked_up(number: str, text: str) -> Utterance:
    use = ToolUse(ToolCall("look_up", id=number), ToolResult(number, text))
    return Utterance(Role.AGENT, "One moment.", tools=(use,))


SORRY = Utterance(Role.AGENT, "Sorry?")


def test_only_the_turn_that_was_refused_is_left_out():
    """The same words were read before, and may be said again."""
    filtered = FilteredTurns()
    first = (caller("Yes."), SORRY, caller("Yes."))
    filtered.add_last_of(first)
    later = (*first, SORRY, caller("Yes."), SORRY, caller("Go on."))
    assert filtered.left_out_of(later) == (*later[:2], *later[3:])


def test_a_turn_that_was_refused_later_has_its_place_in_the_whole_conversation():
    filtered = FilteredTurns()
    said = (caller("One."), SORRY, caller("Two."))
    filtered.add_last_of(said[:1])
    filtered.add_last_of(said)
    later = (*said, SORRY, caller("Three."))
    assert filtered.left_out_of(later) == (SORRY, SORRY, caller("Three."))


def test_a_turn_that_was_continued_stays_out_and_one_in_its_place_does_not():
    filtered = FilteredTurns()
    filtered.add_last_of((caller("Damn"),))
    assert filtered.left_out_of((caller("Damn you."), SORRY, caller("Hi."))) == (
        SORRY,
        caller("Hi."),
    )
    moved = (caller("Hello."), SORRY, caller("Hi."))
    assert filtered.left_out_of(moved) == moved


def test_a_filtered_result_is_left_out_but_not_its_call():
    filtered = FilteredTurns()
    asked = (caller("Who was it?"), looked_up("call00001", "A name."))
    refused = (*asked, SORRY, caller("And?"), looked_up("call00002", "Something vile."))
    filtered.add_last_of(refused)
    left = filtered.left_out_of((*refused, caller("Hello?")))
    assert left[:4] == refused[:4]
    assert left[4].tools[0].call == refused[4].tools[0].call
    assert left[4].tools[0].result == ToolResult("call00002", WITHHELD, is_error=True)
    assert left[5] == caller("Hello?")
    assert filtered.left_out_of(refused)[4] == left[4]  # also when it is asked for once more
