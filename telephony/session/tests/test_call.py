"""The core, tested as conversations."""

from agents.engines.conversation import Role, Utterance
from agents.engines.events import (
    AudioDelta,
    ResponseEnded,
    ResponseFailed,
    SpeechPaused,
    SpeechStarted,
    SpeechStopped,
    Stage,
    Transcribed,
    TranscriptionFailed,
    response_ms,
)
from agents.settings.config import Reminders
from telephony.session.commands import (
    Cancel,
    Clear,
    EndTurnAfter,
    Feed,
    HangUp,
    Play,
    Respond,
    SaveTurn,
    Say,
)
from telephony.session.events import (
    CallerGone,
    DigitPressed,
    FrameHeard,
    LeaveAsked,
    MarkPlayed,
    Tick,
)
from telephony.session.tests.conversation import LOUD, Conversation
from telephony.session.turns import TurnState
from telephony.spoken.languages import ENGLISH


def kinds(commands):
    return [type(command) for command in commands]


def without_saves(commands):
    return [command for command in commands if not isinstance(command, SaveTurn)]


def test_the_agent_greets_first():
    call = Conversation()
    assert call.opens() == [Say("r1", "Hello, how can I help?")]


def test_an_agent_without_a_greeting_listens():
    call = Conversation(greeting="")
    assert call.opens() == []
    assert call.session.state is TurnState.LISTENING


def test_every_frame_reaches_the_engine():
    call = Conversation()
    call.opens()
    assert call.hears(FrameHeard(b"\x7f" * 160)) == [Feed(b"\x7f" * 160)]
    assert call.session.media_ms == 20


def test_a_question_is_answered_and_both_turns_are_kept():
    call = Conversation()
    call.greets()
    call.caller_says("when do you open")
    call.agent_says("We open at nine.")
    call.passes(2000)
    call.carrier_plays()
    assert [(t.role, t.heard_text) for t in call.turns] == [
        (Role.AGENT, "Hello, how can I help?"),
        (Role.CALLER, "when do you open"),
        (Role.AGENT, "We open at nine."),
    ]
    assert call.session.state is TurnState.LISTENING


def test_the_model_is_asked_at_the_first_pause_and_heard_only_after_the_turn():
    call = Conversation()
    call.greets()
    call.caller_begins()
    call.passes(500)
    begun = call.caller_pauses("when do you open")
    assert kinds(begun) == [EndTurnAfter, Respond]
    assert call.agent_says("At nine.") == []  # held back: the caller may continue
    call.passes(140)
    played = call.caller_ends()
    assert kinds(without_saves(played)) == [Play] * 5
    assert call.session.draft_replies == (1, 1)


def test_a_caller_who_continues_after_a_pause_never_hears_the_draft():
    call = Conversation()
    call.greets()
    call.caller_begins()
    call.passes(500)
    call.caller_pauses("when do you")
    draft = call.last_response()
    call.agent_says("At nine.")
    assert call.caller_goes_on() == [Cancel(draft, heard_ms=0)]
    call.passes(500)
    call.caller_pauses("when do you open")
    call.passes(140)
    assert Play not in kinds(call.caller_ends())
    assert call.last_response() != draft
    assert call.turns[-1].text == "when do you open"
    assert call.session.draft_replies == (2, 1)


def test_without_speculation_the_model_is_asked_when_the_turn_is_over():
    call = Conversation(speculate=False)
    call.greets()
    call.caller_begins()
    call.passes(500)
    assert kinds(call.caller_pauses("when do you open")) == [EndTurnAfter]
    call.passes(140)
    assert kinds(call.caller_ends()) == [SaveTurn, Respond]


def test_clear_comes_before_cancel():
    call = Conversation()
    call.greets()
    call.caller_says("tell me everything")
    call.agent_says("We open at nine.", ends=False)
    call.passes(400)
    call.carrier_plays(up_to_ms=400)
    commands = call.caller_begins()
    assert commands[:2] == [Clear(), Cancel(call.last_response(), heard_ms=400)]


def test_caller_barges_in_and_hears_nothing_more():
    call = Conversation()
    call.greets()
    call.caller_says("tell me everything")
    call.agent_says("We open at nine.", ends=False)
    cut = call.last_response()
    call.caller_begins()
    assert call.hears(AudioDelta(cut, LOUD * 800, "")) == []
    assert call.hears(ResponseEnded(cut)) == []
    assert call.hears(MarkPlayed(f"{cut}:2000")) == []


def test_the_transcript_and_the_model_know_only_what_was_heard():
    call = Conversation()
    call.greets()
    call.caller_says("when do you open")
    call.agent_says("We open at nine and close at five every day.", ms=4000)
    call.passes(1600)
    call.carrier_plays(up_to_ms=1600)
    call.caller_begins()
    turn = call.turns[-1]
    assert turn.interrupted
    assert turn.heard_text == "We open at nine"
    assert turn.text == "We open at nine and close at five every day."
    call.passes(500)
    asked = call.caller_pauses("and on sundays")
    assert asked[-1].conversation[-2:] == (
        Utterance(Role.AGENT, "We open at nine", interrupted=True),
        Utterance(Role.CALLER, "and on sundays"),
    )


def test_barge_in_clears_although_the_model_has_long_finished():
    call = Conversation()
    call.greets()
    call.caller_says("when do you open")
    call.agent_says("We open at nine.", ms=4000)
    call.passes(800)
    assert kinds(call.caller_begins())[0] is Clear


def test_a_caller_who_continues_before_the_answer_is_audible_has_one_turn():
    call = Conversation()
    call.greets()
    call.caller_says("i would like")
    first = call.last_response()
    assert Cancel(first, heard_ms=0) in call.caller_begins()
    call.passes(500)
    call.caller_pauses("a table for two")
    call.passes(140)
    call.caller_ends()
    assert call.turns[-1].text == "i would like a table for two"
    assert len(call.turns) == 2


def test_words_that_are_heard_again_with_more_take_the_place_of_the_first():
    call = Conversation()
    call.greets()
    call.caller_says("bye")  # "five", misheard alone
    asked = call.caller_says("five five five", continues=True)
    assert [turn.text for turn in call.turns] == ["Hello, how can I help?", "five five five"]
    (respond,) = [command for command in asked if isinstance(command, Respond)]
    assert respond.conversation[-1] == Utterance(Role.CALLER, "five five five")


def test_words_heard_again_twice_still_take_the_place_of_the_first():
    call = Conversation()
    call.greets()
    call.caller_says("four one")
    call.caller_begins(continues=True)
    call.passes(300)
    call.ended_ms = call.now_ms
    call.caller_ends()  # and continues before there is a text
    call.caller_says("four one five eight", continues=True)
    assert call.turns[-1].text == "four one five eight"


def test_an_answer_that_had_hardly_begun_does_not_split_the_callers_words():
    call = Conversation()
    call.greets()
    call.caller_says("i would like")
    call.agent_says("Yes, what would you like?", ms=2000)
    call.passes(400)
    call.carrier_plays(up_to_ms=400)
    asked = call.caller_says("i would like a table for two", continues=True)
    assert call.turns[1].text == "i would like a table for two"
    assert call.turns[2].interrupted
    (respond,) = [command for command in asked if isinstance(command, Respond)]
    assert respond.conversation == (
        Utterance(Role.AGENT, "Hello, how can I help?"),
        Utterance(Role.CALLER, "i would like a table for two"),
    )


def test_noise_that_continues_into_words_is_a_turn_of_its_own():
    call = Conversation()
    call.greets()
    call.caller_says("hello")
    call.agent_says("Hello.", ms=400)
    call.passes(400)
    call.carrier_plays()
    call.caller_says("")
    call.caller_says("when do you open", continues=True)
    assert [turn.text for turn in call.turns][1:] == ["hello", "Hello.", "when do you open"]


def test_a_cough_over_the_agent_resumes_from_the_heard_point():
    call = Conversation()
    call.greets()
    call.caller_says("when do you open")
    call.agent_says("We open at nine and close at five every day.", ms=4000)
    call.passes(1600)
    call.carrier_plays(up_to_ms=1600)
    said = call.caller_says("", ms=100)
    rest = "and close at five every day."
    assert said[-1] == Say(call.last_response(), rest, is_fixed=False)  # of this call alone


def test_a_greeting_that_a_cough_stops_before_its_first_sound_is_said_after_it():
    call = Conversation()
    call.opens()
    said = call.caller_says("", ms=100)
    assert said[-1] == Say(call.last_response(), "Hello, how can I help?")
    call.agent_says("Hello, how can I help?")
    call.passes(2000)
    call.carrier_plays()
    assert call.session.state is TurnState.LISTENING


def test_a_greeting_that_words_stop_before_its_first_sound_gives_way_to_their_answer():
    call = Conversation()
    call.opens()
    call.caller_says("when do you open")
    call.agent_says("At nine.", ms=400)
    call.passes(400)
    call.carrier_plays()
    call.caller_says("", ms=100)
    assert [turn.text for turn in call.turns] == ["when do you open", "At nine."]
    assert call.session.state is TurnState.LISTENING


def test_a_cough_in_silence_changes_nothing():
    call = Conversation()
    call.greets()
    call.caller_says("", ms=100)
    assert call.session.state is TurnState.LISTENING
    assert len(call.turns) == 1


def test_an_agent_that_may_not_be_interrupted_finishes():
    call = Conversation(interruptible=False)
    call.greets()
    call.caller_says("when do you open")
    call.agent_says("This call is recorded.", ms=2000)
    assert call.caller_begins() == []
    call.passes(2000)
    call.carrier_plays()
    assert call.session.state is TurnState.HEARING  # the caller still speaks


def test_the_goodbye_is_heard_before_the_line_is_cut():
    call = Conversation()
    call.greets()
    call.caller_says("goodbye")
    call.agent_says("Goodbye!", ends=False)
    assert HangUp not in kinds(call.agent_hangs_up())
    call.passes(2000)
    assert call.carrier_plays()[-1] == HangUp("agent_hung_up")
    assert call.session.state is TurnState.ENDED


def goodbye_is_cut_off(*, proven_ms: int, then_ms: int = 0) -> Conversation:
    """A cough over a goodbye of four seconds, `then_ms` after the mark at `proven_ms`."""
    call = Conversation()
    call.greets()
    call.caller_says("goodbye")
    call.agent_says("Thank you for your call, and goodbye!", ms=4000, ends=False)
    call.agent_hangs_up()
    call.passes(proven_ms)
    call.carrier_plays(up_to_ms=proven_ms)
    call.passes(then_ms)
    assert call.session.state is TurnState.SPEAKING
    call.caller_says("", ms=100)
    return call


def test_a_goodbye_that_continues_after_a_cough_still_ends_the_call():
    call = goodbye_is_cut_off(proven_ms=2000)
    assert call.log[-1] == Say(call.last_response(), "call, and goodbye!", is_fixed=False)
    call.agent_says("call, and goodbye!", ms=2000)
    call.passes(2000)
    assert call.carrier_plays()[-1] == HangUp("agent_hung_up")


def test_a_cough_over_the_last_moment_of_a_goodbye_ends_the_call():
    call = goodbye_is_cut_off(proven_ms=3600, then_ms=400)
    assert call.log[-1] == HangUp("agent_hung_up")


def test_words_over_a_goodbye_are_answered_and_the_call_continues():
    call = goodbye_is_cut_off(proven_ms=2000)
    call.caller_says("one more question")
    call.agent_says("Yes?", ms=400)
    call.passes(400)
    call.carrier_plays()
    assert call.session.state is TurnState.LISTENING


def test_words_over_an_agent_that_may_not_be_interrupted_are_answered_after_it():
    call = Conversation(interruptible=False)
    call.greets()
    call.caller_says("can I come tomorrow")
    call.agent_says("Is nine fine?", ms=2000)
    call.passes(1600)
    call.caller_says("yes", ms=200)
    (asked,) = [command for command in call.carrier_plays() if isinstance(command, Respond)]
    assert [utterance.text for utterance in asked.conversation][-2:] == ["Is nine fine?", "yes"]
    assert [turn.text for turn in call.turns][-3:] == [
        "can I come tomorrow",
        "Is nine fine?",
        "yes",
    ]
    call.agent_says("See you.", ms=400)
    assert call.session.state is TurnState.SPEAKING


def test_words_that_are_understood_only_after_such_an_agent_has_finished_are_answered_too():
    call = Conversation(interruptible=False)
    call.greets()
    call.caller_says("can I come tomorrow")
    call.agent_says("Is nine fine?", ms=2000)
    call.passes(1600)
    call.caller_begins()
    call.passes(200)
    call.hears(SpeechPaused(at_ms=call.now_ms))
    call.hears(SpeechStopped(at_ms=call.now_ms))
    call.passes(200)
    call.carrier_plays()
    assert call.session.state is TurnState.LISTENING
    assert isinstance(call.hears(Transcribed("yes"))[-1], Respond)
    assert call.session.state is TurnState.THINKING


def test_an_agent_who_continues_after_a_long_pause_can_still_be_interrupted():
    call = Conversation()
    call.greets()
    call.caller_says("when do you open")
    call.agent_says("One moment.", ms=1000, ends=False)
    call.passes(1000)
    call.carrier_plays()
    call.passes(4500)
    call.agent_says("At nine in the morning.", ms=2000)
    call.passes(20)
    assert call.hears(Tick()) == []  # its marks are not overdue
    assert call.session.state is TurnState.SPEAKING
    call.passes(500)
    assert call.caller_begins()[0] == Clear()
    assert call.turns[-1].heard_text == "One moment.At"


def test_a_goodbye_after_a_long_pause_is_heard_before_the_call_ends():
    call = Conversation()
    call.greets()
    call.caller_says("that is all")
    call.agent_says("Let me see.", ms=1000, ends=False)
    call.passes(1000)
    call.carrier_plays()
    call.passes(4500)
    response_id = call.last_response()
    call.hears(AudioDelta(response_id, LOUD * 8 * 1000, "Goodbye."))
    call.agent_hangs_up()
    call.passes(20)
    assert call.hears(Tick()) == []
    call.passes(1000)
    assert call.carrier_plays()[-1] == HangUp("agent_hung_up")


def test_the_end_of_a_sentence_is_sent_though_the_next_one_does_not_come():
    call = Conversation()
    call.greets()
    call.caller_says("when do you open")
    call.agent_says("We open at nine.", ms=1500, ends=False)
    call.passes(200)
    sent_ms = sum(
        len(command.payload) // 8
        for command in call.agent_says("And close at five.", ms=1390, ends=False)
        if isinstance(command, Play)
    )
    assert sent_ms < 1390  # some waits, to make a longer message
    for _ in range(11):
        call.passes(240)
        call.carrier_plays(up_to_ms=call.now_ms - call.ended_ms - 200)
        sent_ms += sum(len(c.payload) // 8 for c in call.hears(Tick()) if isinstance(c, Play))
    assert sent_ms == 1390


def test_lost_marks_do_not_keep_the_agent_speaking_for_ever():
    call = Conversation()
    call.opens()
    call.agent_says("Hello!", ms=1000)
    call.passes(3900)
    call.hears(Tick())
    assert call.session.state is TurnState.SPEAKING
    call.passes(200)
    call.hears(Tick())
    assert call.session.state is TurnState.LISTENING


def fails_to_answer(call):
    """A question whose answer fails before its first word; the apology, which is heard."""
    call.caller_says("when do you open")
    (excuse,) = call.hears(ResponseFailed(call.last_response(), "EngineTimeout"))
    call.agent_says(excuse.text)
    call.passes(2000)
    call.carrier_plays()
    return excuse.text


def test_a_model_that_fails_is_excused_in_changing_words_and_the_call_continues():
    call = Conversation()
    call.greets()
    assert fails_to_answer(call) == ENGLISH.trouble
    for _ in range(5):
        assert fails_to_answer(call) == ENGLISH.still_trouble
    assert call.session.state is TurnState.LISTENING


def test_a_caller_who_says_nothing_after_several_failures_is_told_goodbye():
    call = Conversation()
    call.greets()
    for _ in range(2):
        fails_to_answer(call)
    call.passes(44_000)
    assert call.hears(Tick()) == []
    call.passes(2_000)
    (goodbye,) = call.hears(Tick())
    assert goodbye.text == ENGLISH.giving_up
    call.agent_says(goodbye.text)
    call.passes(2_000)
    assert call.carrier_plays()[-1] == HangUp("caller_silent")


def test_a_caller_who_says_nothing_after_an_answer_is_left_in_peace():
    call = Conversation(reminders=Reminders.OFF)
    call.greets()
    fails_to_answer(call)
    fails_to_answer(call)
    call.caller_says("when do you open")
    call.agent_says("At nine.", ms=400)
    call.passes(400)
    call.carrier_plays()
    call.passes(120_000)
    assert call.hears(Tick()) == []


def test_an_answer_that_breaks_off_is_not_repeated_but_excused():
    call = Conversation()
    call.greets()
    call.caller_says("when do you open")
    response = call.last_response()
    call.agent_says("We open", ms=500, ends=False)
    assert Say not in kinds(call.hears(ResponseFailed(response, "EngineTimeout")))
    call.passes(500)
    (excuse,) = without_saves(call.carrier_plays())
    assert excuse.text == ENGLISH.broke_off
    assert call.turns[-1].heard_text == "We open"


def test_of_a_sentence_whose_voice_breaks_off_only_what_was_said_is_kept():
    call = Conversation()
    call.greets()
    call.caller_says("when do you open")
    response = call.last_response()
    call.agent_says("We open at nine and close at five every day.", ms=1000, ends=False)
    call.hears(ResponseFailed(response, "EngineTimeout", in_text=True))
    call.passes(1000)
    call.carrier_plays()
    assert call.turns[-1].text == call.turns[-1].heard_text == "We open at nine"


def test_a_greeting_that_no_voice_speaks_is_excused():
    call = Conversation()
    (greeting,) = call.opens()
    (excuse,) = call.hears(ResponseFailed(greeting.response_id, "EngineRefused"))
    assert excuse.text == ENGLISH.trouble


def test_a_call_for_which_there_is_no_voice_at_all_is_left_to_the_carriers():
    call = Conversation()
    (greeting,) = call.opens()
    (excuse,) = call.hears(ResponseFailed(greeting.response_id, "EngineRefused"))
    assert call.hears(ResponseFailed(excuse.response_id, "EngineRefused")) == []
    assert call.session.state is TurnState.LISTENING
    call.caller_says("hello?")
    (excuse,) = call.hears(ResponseFailed(call.last_response(), "EngineRefused"))
    assert call.hears(ResponseFailed(excuse.response_id, "x")) == [HangUp("engine_failed")]


def test_speech_that_could_not_be_transcribed_is_asked_for_again():
    call = Conversation()
    call.greets()
    call.caller_begins()
    call.passes(500)
    call.ended_ms = call.now_ms
    call.caller_ends()
    (said,) = call.hears(TranscriptionFailed("timeout"))
    assert "say it again" in said.text


def test_a_transcription_that_fails_before_the_turn_is_over_is_asked_for_when_it_is():
    call = Conversation()
    call.greets()
    call.caller_begins()
    call.passes(500)
    call.ended_ms = call.now_ms
    assert call.hears(TranscriptionFailed("EngineBusy")) == []
    (said,) = call.caller_ends()
    assert "say it again" in said.text


def test_a_caller_whose_speech_is_never_understood_is_not_hung_up_on():
    call = Conversation()
    call.greets()
    for _ in range(4):
        call.caller_begins()
        call.passes(500)
        call.ended_ms = call.now_ms
        call.hears(TranscriptionFailed("EngineRefused"))
        (said,) = call.caller_ends()
        call.agent_says(said.text)
        call.passes(2000)
        call.carrier_plays()
    assert call.session.state is TurnState.LISTENING


def speaks_without_words(call, *, ms=1000):
    """Speech of which the recogniser makes nothing; what is said about it."""
    said = [c.text for c in call.caller_says("", ms=ms) if isinstance(c, Say)]
    if said:
        call.agent_says(said[0])
        call.passes(2000)
        call.carrier_plays()
    return said


def test_speech_without_words_is_asked_again():
    call = Conversation()
    call.greets()
    assert speaks_without_words(call) == [ENGLISH.say_again]
    assert speaks_without_words(call, ms=300) == []  # a cough


def test_a_question_whose_frames_came_late_is_no_cough():
    call = Conversation()
    call.greets()
    call.now_ms += 800  # the network held 40 frames back, then gave them at once
    began_ms = call.session.media_ms
    for number in range(40):
        call.hears(FrameHeard(b"\xff" * 160))
        if number == 4:
            call.hears(SpeechStarted(began_ms))
    media_ms = call.session.media_ms
    call.passes(200)
    call.hears(SpeechPaused(at_ms=media_ms + 200))
    call.hears(Transcribed(""))
    (said,) = call.hears(SpeechStopped(at_ms=media_ms + 200))
    assert said.text == ENGLISH.say_again


def test_speech_joined_to_a_cough_has_the_length_of_both():
    call = Conversation()
    call.greets()
    assert speaks_without_words(call, ms=400) == []
    said = call.caller_says("", ms=400, continues=True)
    assert [c.text for c in said if isinstance(c, Say)] == [ENGLISH.say_again]


def test_a_long_noise_or_words_that_were_not_said_are_not_asked_again():
    call = Conversation()
    call.greets()
    call.caller_begins()
    call.passes(1500)
    call.hears(SpeechPaused(at_ms=call.now_ms))
    said = call.hears(Transcribed("", nothing_said=True))
    call.passes(140)
    said += call.hears(SpeechStopped(at_ms=call.now_ms - 200))
    assert not any(isinstance(command, Say | Respond) for command in said)
    assert call.session.state is TurnState.LISTENING


def test_a_room_full_of_voices_is_not_asked_without_end():
    call = Conversation()
    call.greets()
    said = [speaks_without_words(call) for _ in range(6)]
    assert sum(map(len, said)) == 3
    call.passes(10_000)
    assert speaks_without_words(call) == [ENGLISH.say_again]
    call.caller_says("when do you open")
    call.agent_says("At nine.", ms=400)
    call.passes(400)
    call.carrier_plays()
    assert speaks_without_words(call) == [ENGLISH.say_again]


def test_an_answer_that_does_not_end_asks_whether_to_continue():
    call = Conversation(longest_answer_ms=15_000)
    call.greets()
    call.caller_says("tell me everything")
    response = call.last_response()
    for _ in range(5):
        call.agent_says("And on it goes. ", ms=4_000, ends=False)
    assert [c for c in call.log if isinstance(c, Cancel)] == [Cancel(response, heard_ms=0)]
    assert call.agent_says("Never heard.", ends=False) == []
    call.passes(16_000)
    (asked,) = without_saves(call.carrier_plays())
    assert asked.text == ENGLISH.go_on
    assert call.turns[-1].heard_text == "And on it goes. " * 4


def test_a_sentence_that_never_ends_is_cut_off_too():
    call = Conversation(longest_answer_ms=15_000)
    call.greets()
    call.caller_says("tell me everything")
    call.agent_says("Aaah", ms=4_000, ends=False)
    for _ in range(20):
        call.agent_says("", ms=4_000, ends=False)
    assert sum(len(c.payload) for c in call.log if isinstance(c, Play)) < 60_000 * 8


def test_a_cough_while_the_answer_is_being_made_does_not_swallow_the_question():
    call = Conversation()
    call.greets()
    call.caller_says("when do you open")
    asked = call.caller_says("", ms=100)
    assert isinstance(asked[-1], Respond)
    assert asked[-1].conversation[-1] == Utterance(Role.CALLER, "when do you open")


def test_a_number_on_the_keypad_is_a_turn():
    call = Conversation()
    call.greets()
    for digit in "5550142":
        call.hears(DigitPressed(digit))
    assert kinds(call.hears(DigitPressed("#"))) == [SaveTurn, Respond]
    assert call.turns[-1].text == "5550142"


def test_a_number_without_a_hash_is_over_after_a_pause():
    call = Conversation()
    call.greets()
    call.hears(DigitPressed("4"))
    call.passes(1400)
    assert call.hears(Tick()) == []
    call.passes(200)
    assert kinds(call.hears(Tick())) == [SaveTurn, Respond]


def test_words_never_take_the_place_of_keys():
    call = Conversation()
    call.greets()
    for digit in "5550142#":
        call.hears(DigitPressed(digit))
    call.caller_says("hello", continues=True)
    assert call.turns[-1].text == "5550142 hello"


def test_keys_finish_a_number_that_was_begun_in_words():
    call = Conversation()
    call.greets()
    call.caller_begins()
    call.passes(1000)
    call.caller_pauses("my number is 415")
    for digit in "5550142#":
        call.hears(DigitPressed(digit))
    assert call.turns[-1].text == "my number is 415 5550142"


def test_words_finish_a_number_that_was_begun_with_keys():
    call = Conversation()
    call.greets()
    for digit in "415":
        call.hears(DigitPressed(digit))
    call.passes(200)
    call.caller_begins()
    call.passes(600)
    call.hears(SpeechPaused(at_ms=call.now_ms))
    call.hears(SpeechStopped(at_ms=call.now_ms))
    call.hears(Transcribed("and five five five"))  # known only after the turn was over
    assert call.turns[-1].text == "415 and five five five"


def test_numbers_wait_while_the_agent_thinks():
    call = Conversation()
    call.greets()
    call.caller_says("my numbers are")
    for digit in "12#34#":
        assert call.hears(DigitPressed(digit)) == []
    call.agent_says("Yes?", ms=400)
    call.passes(400)
    call.carrier_plays()
    call.hears(Tick())
    assert call.turns[-1].text == "12 34"


def test_a_key_silences_the_agent():
    call = Conversation()
    call.opens()
    call.agent_says("Hello, how can I help?")
    assert kinds(call.hears(DigitPressed("1")))[0] is Clear


def test_a_key_that_ends_no_number_does_not_cut_the_agent_off():
    call = Conversation()
    call.opens()
    call.agent_says("Hello, how can I help?")
    assert call.hears(DigitPressed("#")) == []
    assert kinds(call.hears(DigitPressed("*")))[0] is Clear


def test_a_silent_line_ends_the_call():
    call = Conversation()
    call.greets()
    call.now_ms += 20_001
    assert call.hears(Tick())[-1] == HangUp("media_lost")


def test_the_longest_call_ends_in_words():
    call = Conversation(max_call_ms=10_000)
    call.greets()
    call.passes(9_000)
    (said,) = call.hears(Tick())
    assert "time limit" in said.text
    assert call.hears(Tick()) == []  # said once
    call.agent_says(said.text)
    call.passes(2000)
    assert call.carrier_plays()[-1] == HangUp("agent_hung_up")


def test_a_stopping_server_says_goodbye_before_it_hangs_up():
    call = Conversation()
    call.greets()
    call.caller_says("when do you open")
    call.agent_says("We open at nine.", ms=4000)
    commands = call.hears(LeaveAsked())
    assert commands[0] == Clear()
    assert commands[-1].text == ENGLISH.restarting
    assert call.hears(LeaveAsked()) == []  # said once
    call.agent_says(ENGLISH.restarting)
    call.passes(2000)
    assert call.carrier_plays()[-1] == HangUp("restarting")


def test_talking_does_not_put_off_the_end_of_the_longest_call():
    call = Conversation(max_call_ms=10_000)
    call.greets()
    call.passes(9_000)
    (said,) = call.hears(Tick())
    call.caller_says("wait")  # before its first sound
    call.agent_says(said.text)
    call.caller_says("one more thing")
    call.hears(DigitPressed("1"))
    assert not [command for command in call.log if isinstance(command, Clear)]
    call.passes(2000)
    assert call.carrier_plays()[-1] == HangUp("agent_hung_up")


def test_the_media_clock_counts_frames_of_any_length():
    call = Conversation()
    call.opens()
    for _ in range(1000):
        call.hears(FrameHeard(b"\xff" * 7))
    assert call.session.media_ms == 875


def test_a_caller_who_hangs_up_ends_everything_once():
    call = Conversation()
    call.greets()
    call.caller_says("when do you open")
    call.agent_says("We open at nine.", ms=4000)
    call.passes(800)
    call.carrier_plays(up_to_ms=800)
    ended = call.hears(CallerGone("stop"))
    assert ended[-1] == HangUp("stop")
    assert call.turns[-1].interrupted
    assert call.hears(CallerGone("socket_closed")) == []
    assert call.hears(FrameHeard(LOUD)) == []
    assert call.hears(SpeechStarted(0)) == []


def test_latency_counts_from_the_last_speech():
    call = Conversation()
    call.greets()
    call.caller_begins()
    call.passes(1000)
    call.caller_pauses("when do you open")
    call.passes(140)
    call.caller_ends()
    call.passes(100)
    call.agent_says("At nine.")
    call.passes(400)
    call.carrier_plays(up_to_ms=400)
    call.passes(2000)
    call.carrier_plays()
    latency = call.turns[-1].latency_ms
    assert latency[Stage.STT] == 60
    assert latency[Stage.ENDPOINT] == 200
    assert latency[Stage.SENT] == 300
    assert latency[Stage.MARK] == 300  # the mark came 400 ms later, behind 400 ms of sound


def test_a_late_first_mark_counts_to_the_wait():
    call = Conversation()
    call.greets()
    call.caller_says("when do you open")
    call.agent_says("At nine.")
    call.passes(660)
    call.carrier_plays(up_to_ms=400)
    call.passes(2000)
    call.carrier_plays()
    latency = call.turns[-1].latency_ms
    assert latency[Stage.MARK] - latency[Stage.SENT] == 260
    assert response_ms(latency) == latency[Stage.MARK]
    assert response_ms({Stage.SENT: 300}) == 300
    assert response_ms({Stage.LLM: 300}) is None
