"""What a model writes and what is left of it for the voice, the transcript and the memory."""

import re

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from agents.speech.notes.loops import Loop
from agents.speech.reply.filter import ReplyFilter
from agents.speech.reply.line_marks import LONGEST_ITEM
from agents.speech.reply.pieces import ReplyPieces
from agents.speech.text.sentences import SentenceChunker, sentences

# Parts of answers that meet each other in every order.
SOURCES = {
    "We open at nine.[1][2]": "We open at nine.",
    "We open at nine [1][2]. Come in.[3, 4]": "We open at nine. Come in.",
    "We open at nine【4:0†source】.": "We open at nine.",
    "We open at nine.\ue200cite\ue202turn0search1\ue201": "We open at nine.",
    "We open at <co: 0,1>nine</co: 0,1>.": "We open at nine.",
    "Press [1] for sales or [2].": "Press 1 for sales or 2.",
    "Call +49 [0]30 1234.": "Call +49 030 1234.",
}
THOUGHTS = {
    "It is \\boxed{12} in all.": "It is 12 in all.",
    "\\text{We open at } 9": "We open at 9",
    "5 \\times 3, \\(15\\).": "5 × 3, (15).",
    "Nine.\\nAnything else?\\tBye.": "Nine.\nAnything else? Bye.",
    "Nine.\\next, \\tomorrow": "Nine.\next, omorrow",
    "assistant\n\nWe open at nine.": "We open at nine.",
    "<no_think>We open at nine.": "We open at nine.",
    "We open<0x0A>at nine.": "We open\nat nine.",
    "<|think|>Hm.<|end|><|begin|>assistant<|content|>At nine.<|end|>": "At nine.",
    "<|inner_prefix|>Hm.<|inner_suffix|>At nine.": "At nine.",
    "Thinking...\nHm, hours.\n...done thinking.\n\nAt nine.": "At nine.",
    "Thinking Process:\n1. Hours.\n2. Nine.\n</think>\nAt nine.": "At nine.",
    "Thinking... at nine.": "Thinking... at nine.",
}
WORDS = st.sampled_from((
    "We are open", " from nine ", "to five. ", "Anything else? ", "Room 12", ". ", "No. 5 ",
    "Yes! ", "- 3 degrees ",
    "am 24. Dezember ", "at 9:30 ", "$12.50 ", "AT&T ", "5 * 3 ", "(by appointment) ",
    "(0 30) 12 34 ", "a < b ", "it's ", "\n", "你好。", "*really* ", "**nine** ", "x_y ",
))  # fmt: skip
MARKUP = st.sampled_from((
    "<think>hm</think>", "[pause] ", "*smiles* ", "(laughs) ", "<br/>", "[hang up]", "&amp;",
    "\\n", "*",
    "```json\n", "<|im_end|>", "# ", "1. ", "2. ", "| ", "[x](http://y)", "\ud83d", "\ude0a",
    "👍🏽",
    "\u200b", "User: ", "\nAssistant: ", "</think>",
    "<|im_start|>user\n", "<|im_start|>assistant\n", "```json\n{}\n```",
    "<|channel|>final<|message|>", "{\"name\": 1}",
    "<tool_call>x</tool_call>", "[The caller hung up.]", "\\u00e9", "**", "_", "<", "[", "`", "(",
))  # fmt: skip
ANSWERS = st.lists(WORDS | MARKUP, max_size=25).map("".join)
PLAIN = st.lists(WORDS, min_size=1, max_size=25).map("".join)


def filtered(text: str, sizes: list[int] | None = None, **about: str) -> tuple[str, ReplyFilter]:
    """What is left of `text` in deltas of `sizes`, if nothing was spoken before its end."""
    reply, words, start = ReplyFilter(**about), "", 0
    for size in [*(sizes or []), len(text)]:
        given = reply.push(text[start : start + size])
        words = given if reply.take_restart() else words + given
        start += size
    given = reply.flush()
    return (given if reply.take_restart() else words + given), reply


def left(text: str, **about: str) -> str:
    return filtered(text, [1] * len(text), **about)[0]


def letters_and_digits(text: str) -> str:
    return "".join(filter(str.isalnum, text))


# --- Properties ----------------------------------------------------------------------------------


@given(ANSWERS, st.lists(st.integers(0, 9), max_size=120))
@example("We are open[hang up]</think>", [])
def test_the_words_do_not_depend_on_how_the_model_streams(text, sizes):
    assert filtered(text, sizes)[0] == filtered(text)[0] == left(text)


@given(PLAIN)
def test_no_word_and_no_digit_of_an_answer_without_markup_is_lost(text):
    assert letters_and_digits(left(text)) == letters_and_digits(text)
    loop = Loop()
    assume(not any(map(loop.takes, sentences(text))))
    assert letters_and_digits("".join(pieces(text))) == letters_and_digits(text)


@given(ANSWERS)
def test_what_is_left_is_left_the_second_time_too(text):
    once = left(text)
    assume(not once.rstrip().endswith(":"))  # a role's name is known at the beginning of a line
    assert letters_and_digits(left(once)) == letters_and_digits(once)


def pieces(text: str, language: str = "en") -> list[str]:
    reply = ReplyPieces(language)
    return [*(piece for each in text for piece in reply.push(each)), *reply.flush()]


@given(ANSWERS)
def test_no_piece_is_without_a_letter_or_digit(text):
    assert all(letters_and_digits(piece) for piece in pieces(text))


# --- Reasoning -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "<think>\nThe caller wants hours.\n</think>\n\nWe open at nine.",
        "<THINKING depth='2'>Hm.</THINKING> We open at nine.",
        "<reasoning>a<think>b</think>c</reasoning>We open at nine.",
        "<think>a<think>b</think>We open at nine.",
        "```\n<reflection>Hm.</reflection>\n```\nWe open at nine.",
        "&lt;think&gt;Hm.&lt;/think&gt;We open at nine.",
        "◁think▷Hm.◁/think▷We open at nine.",
        "[THINK]Hm.[/THINK]We open at nine.",
        "<|START_THINKING|>Hm.<|END_THINKING|><|START_RESPONSE|>We open at nine.<|END_RESPONSE|>",
        "<|begin_of_thought|>Hm.<|end_of_thought|>\n<|begin_of_solution|>We open at nine.",
        "<|channel>thought\nHm.\n<channel|>We open at nine.",
        "<|channel|>analysis<|message|>Hm.<|end|><|start|>assistant<|channel|>final<|message|>"
        "We open at nine.<|return|>",
        "<|channel|>commentary to=functions.x <|constrain|>json<|message|>{}<|call|>"
        "<|start|>assistant<|channel|>final<|message|>We open at nine.",
        "The caller wants hours, I should be short.\n</think>\nWe open at nine.",
        "<!-- The caller wants hours. -->We open at nine.",
        "<details type='reasoning'><summary>Hm</summary>Hm.</details>\nWe open at nine.",
        "Thought: The caller wants hours.\nFinal Answer: We open at nine.",
        "<seed:think>Hm.</seed:think>We open at nine.",
        "<unused94>thought\nHm.<unused95>We open at nine.",
        "**Thinking:** Hm.\n\nWe open at nine.",
        "*thinking: the caller wants hours* We open at nine.",
        "(thinking: the caller wants hours) We open at nine.",
        "Here is my thought process:\nThe caller asks.\n\nHere is my response:\nWe open at nine.",
        "Here are my reasoning steps:\nHm.\n[BEGIN FINAL RESPONSE]\nWe open at nine.\n"
        "[END FINAL RESPONSE]",
        "<denken>Hm.</denken>We open at nine.",
        "<system-reminder>Be short.</system-reminder>We open at nine.",
        "Final Answer: We open at nine.",
    ],
)
def test_reasoning_is_no_word(text):
    assert left(text) == "We open at nine."


@pytest.mark.parametrize(
    "text",
    ["<think>The caller", "<think>a</think>", "[THINK]Hm.", "<|channel|>analysis<|message|>a"],
)
def test_an_answer_of_reasoning_alone_is_empty(text):
    words, reply = filtered(text)
    assert (words.strip(), reply.is_empty) == ("", True)
    assert reply.removed


# --- Directions and notes ------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "*smiles* We open at nine.",
        "We open *laughs softly* at nine.",
        "(laughs) We open at nine.",
        "We open at nine. (short pause)",
        "[pause] We open at nine.",
        "_sighs_ We open at nine.",
        "[cheerfully] We open at nine.",
        "*checks the calendar* We open at nine.",
        "*blättert im Kalender* We open at nine.",
        "[The caller interrupted you: they heard only the words above.] We open at nine.",
        "We open at nine. [Waiting for the caller]",
        "**smiles** We open at nine.",
        "We open at nine. *smiles",
        "*In a cheerful voice* We open at nine.",
        "[thinking] We open at nine.",
        "[hours]  We open at nine.",
        "We open at nine [doc1].",
        "We open at nine.[PAD151645]",
        "\x1b[1;31mWe open\x1b[0m at nine.",
        "▁We▁open▁at▁nine.",
    ],
)
def test_directions_and_notes_are_no_words(text):
    assert left(text) == "We open at nine."


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("We are **nine** people, *really*.", "We are nine people, really."),
        ("*Always* ask. Are you *looking* for us?", "Always ask. Are you looking for us?"),
        ("Call (0 30) 12 34 (by appointment).", "Call (0 30) 12 34 (by appointment)."),
        ("The (waiting room) is [open] in room [12].", "The (waiting room) is open in room 12."),
        ("That is 5*3, or 5 * 3.", "That is 5*3, or 5 * 3."),
        ("Write to a_b@x.com.", "Write to a_b@x.com."),
    ],
)
def test_emphasis_and_brackets_are_words(text, words):
    assert left(text) == words


# --- Markup --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("# Hours\n\n- Monday\n- Tuesday", "Hours\nMonday\nTuesday"),
        ("1. Call us\n2. Come by", "Call us\nCome by"),
        ("12. They are free for guests.", "12. They are free for guests."),
        ("1. Only one.", "1. Only one."),
        ("- 3 degrees", "- 3 degrees"),
        ("- 3 rooms\n- 2 baths", "3 rooms\n2 baths"),
        ("| Day | Open |\n|---|:-:|\n| Monday | 9 |", "Day, Open\nMonday, 9"),
        ("See [our page](https://x.com/a_(b)), ![logo](y.png)!", "See our page, logo!"),
        ("<b>Bold</b><br>and <break time='1s'/>more", "Bold\nand more"),
        ("Write to <info@x.com>", "Write to info@x.com"),
        ("```\nHello\n```", "Hello"),
        ('Let me see. {"name": "hours", "arguments": {"day": "Monday"}}', "Let me see."),
        ('<tool_call>{"name": "hours"}</tool_call>One moment.', "One moment."),
        ("<get_hours><day>Monday</day></get_hours>One moment.", "One moment."),
        ("We&#39;re open &amp;amp; here.\\nReally.", "We're open & here.\nReally."),
        ("caf\\u00e9 \ud83d", "café"),
        ("Sure \ud83d\ude0a!", "Sure !"),
        ("1\ufe0f\u20e3 A\u200bB\u202e \ufffd\x00", "1 AB"),
        ("<s>We are open.</s>", "We are open."),
        ('{"response": "We are \\"open\\"."}', 'We are "open".'),
        ("- [ ] Monday\n- [x] Tuesday", "Monday\nTuesday"),
        ("<|im_start|>assistant\nWe are open.<|im_end|>\n<|im_start|>user\nThanks", "We are open."),
        ("We are open.<end_of_turn>\n<start_of_turn>user\nThanks", "We are open."),
        ("[INST] Open? [/INST] We are open.", "We are open."),
        ("We are open.<|im_start|>user\nThanks", "We are open."),
        ("<|user|>Open?<|assistant|>We are open.", "We are open."),
        ("</user>We are open.<|/user|>", "We are open."),
        ("<!-- one <b>bold</b> thought -->We are open.", "We are open."),
        ("```tool_code\nx = 1\n```\nWe are open.", "We are open."),
        ("```dutch\nWe are open.\n```", "dutch\nWe are open."),
        ('One moment. {"name": "hours", "arguments": {"a": 1', "One moment."),
        ("\\ud83d\\ude0a caf\\u{e9} \\x41\\n", "café A"),
        ("• Monday\n• Tuesday", "Monday\nTuesday"),
        ("+ Monday", "Monday"),
        ("> We are open.", "We are open."),
        ("1. One\n2. Two\n3. Three", "One\nTwo\nThree"),
        ("We  are   open.", "We are open."),
        ("That is a < b, and 5 <6.", "That is a < b, and 5 <6."),
        ("We are open. <thi", "We are open."),
        ("We are open. <hello", "We are open. hello"),
        (f"We are <{'a' * 70}> open.", f"We are {'a' * 70} open."),
        ("[a [b](http://x)](http://y) and [our page](http://z", "a b and our page(http://z"),
        ("See [hours][^2].", "See hours."),
        ("We are ~about~ ~~never~~ open.", "We are ~about~ never open."),
        ("It`s `rock`n`roll`.", "It's rock'n'roll."),
        ("We are __here__, a_b __x.", "We are here, a_b x."),
        ("We are *open\nand here.", "We are open\nand here."),
    ],
)
def test_markup_is_no_word(text, words):
    assert left(text) == filtered(text)[0] == words


def test_a_first_point_that_goes_on_is_said_before_a_second_one_comes():
    reply = ReplyFilter()
    point = "It goes on " + "and on " * LONGEST_ITEM
    assert reply.push(f"1. {point}").startswith("1. It goes on and on")


def test_a_turn_that_the_model_invents_is_not_said_however_it_comes():
    reply = ReplyFilter()
    assert reply.push("We are open.<|im_start|>user\nThanks<br/>Bye") == "We are open."
    assert reply.is_over


def test_ordinals_of_a_language_that_writes_them_with_a_stop_are_no_list():
    for text in (
        "1. Mai: zu\n2. Mai: zu",
        "1. Stock: A\n2. Stock: B",
        "1. Termin\n2. Termin",
    ):
        assert left(text, language="de") == text
    assert left("1) Mai\n2) Juni", language="de") == "Mai\nJuni"  # a bracket counts no month


# --- Roles ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "Assistant: We are open.",
        "**Agent:** We are open.",
        "Mia: We are open.",
        "We are open.\nUser: And on Sunday?\nAssistant: No.",
        "User: Are you open?\nAgent: We are open.",
        "**Answer:** We are open.",
        "[The call is connected.] Agent: We are open.",
    ],
)
def test_the_model_speaks_for_the_agent_alone(text):
    assert left(text, name="Mia") == "We are open."


# --- Hanging up ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "mark",
    [
        "[hang up]", "[Hang Up]", "[hang_up]", "[HANGUP]", "(hang up)", "*hangs up*", "<hang up>",
        "<hang_up/>", "[auflegen]", "[ hang  up ].", "**[hang up]**", "[hang up", "[[hang up]]",
        "{hang up}", "[end call]", "[hang up] 😊", "[Hang up]\n\nI mean it.",
        "_[hang up]_", "`[hang up]`", "*hang up* ",
        "\\[hang up\\]", "【hang up】", "[tool: hang_up]", "hang_up()", "`end_call()`", "hang up",
        '<tool_call>{"name": "hang_up"}</tool_call>', '{"name": "end_call", "arguments": {}}',
        "<|python_tag|>hang_up()", "<|python_tag|>hang_up()<|eom_id|>", "[TOOL_CALLS]hang_up{}",
        "<function=hang_up>{}</function>", '<invoke name="hang_up"></invoke>',
        "<tool_call>\n<function=hang_up>\n</function>\n</tool_call>",
    ],
)  # fmt: skip
def test_every_spelling_of_the_mark_hangs_up(mark):
    words, reply = filtered(f"Goodbye! {mark}", [1] * 99)
    assert (words.strip(), reply.hang_up) == ("Goodbye!", True)


@pytest.mark.parametrize(
    "text",
    [
        "You may hang up now.",
        "Please (hang up) and dial again.",
        "<think>At the end I write [hang up].</think>Hello.",
        "<think>Then <function=hang_up></function>.</think>Hello.",
        "<think>Then <|python_tag|>hang_up()</think>Hello.",
        "See [1] and [hang on].",
        "We *never* hang up on callers.",
        "Dial nine, then wait. Hang up.",
    ],
)
def test_words_about_hanging_up_are_none(text):
    assert not filtered(text)[1].hang_up


def test_nothing_after_the_mark_is_spoken_but_a_goodbye_behind_it_is():
    words, reply = filtered("Bye. [hang up] I mean it.")
    assert (words, reply.is_over) == ("Bye.", True)
    words, reply = filtered("Bye.[hang up] I mean it.</think>We are open.")
    assert (words, reply.is_over) == ("Bye.", True)
    words, reply = filtered("[hang up] Bye.")
    assert (words, reply.hang_up) == ("Bye.", True)


def test_only_what_may_become_a_mark_is_held_back():
    reply = ReplyFilter()
    assert reply.push("Goodbye. [h") == "Goodbye."
    assert reply.push("ello 5]! ") == " hello 5!"
    assert reply.push("(by ") == " (by"


# --- Reasoning without a mark where it begins ----------------------------------------------------


def spoken(*deltas: str, **about: bool) -> list[str]:
    """The pieces that the voice gets, delta by delta."""
    reply = ReplyPieces(**about)
    return [*(piece for each in deltas for piece in reply.push(each)), *reply.flush()]


@pytest.mark.parametrize(
    "reasoning",
    [
        "Okay, so the caller is asking for hours. They are nine to five. Short answer. ",
        "The user wants to know when we open. I should answer briefly. ",
        "Hmm, we need to respond in one sentence. Keep it short. ",
        "Der Anrufer möchte die Zeiten wissen. Also kurz antworten. ",
    ],
)
def test_what_reads_like_reasoning_waits_for_its_end(reasoning):
    assert spoken(*reasoning, "</think>\n", "We open at nine.") == ["We open at nine."]


def test_words_that_only_read_like_reasoning_are_said_at_the_end():
    text = "The customer is king. We open at nine."
    assert "".join(spoken(*text)) == text


def test_a_model_that_reasons_first_is_waited_for_the_next_time():
    text = "Hours are nine to five. So:</think>We open at nine."
    assert spoken(*text) == ["Hours are nine to five. ", "We open at nine."]
    assert spoken(*text, thinks_first=True) == ["We open at nine."]
    assert "".join(spoken(*"We open. Bye.", thinks_first=True)) == "We open. Bye."


def test_channels_whose_marks_were_lost_are_told_apart():
    text = "analysisThe user asks for hours. So short.assistantfinalWe open at nine."
    assert spoken(*text) == spoken(text) == ["We open at nine."]
    assert spoken("Analysis of your teeth costs nine dollars.")


ORDINARY = (
    "We are open from nine to five. Would you like an appointment?",
    "Thank you for calling Bright Smile, this is Ada, how can I help you today?",
    "Of course, let me check that for you. Which day would suit you best?",
    "The caller ID shows 555-0142. Is that right?",
    "Okay, I have you down for Monday, March 3rd, at 9 a.m. See you then!",
    "I should mention that parking is free. Anything else?",
    "We need two days' notice. Is that all right?",
    "Let me see. We have rooms (by appointment only) and suites.",
    "So, the user manual is on our site. Shall I send it?",
    "*Really* good question! **Yes**. That costs $12.50, and takes 30 minutes. Fine?",
    "A table for 2? Certainly! When?",
)


@pytest.mark.parametrize("text", ORDINARY)
def test_the_first_piece_of_an_ordinary_answer_leaves_no_later_than_it_can(text):
    deltas = re.findall(r"\s*\w+|\s*[^\w\s]|\s+$", text)
    chunker, reply = SentenceChunker(), ReplyPieces()
    first = next(number for number, each in enumerate(deltas) if chunker.push(each))
    assert next(number for number, each in enumerate(deltas) if reply.push(each)) == first


@pytest.mark.parametrize("size", [1, 3, 999])
@pytest.mark.parametrize("written", [*SOURCES, *THOUGHTS])
def test_sources_and_thoughts_are_not_spoken_in_whatever_marks(written, size):
    said, _ = filtered(written, [size] * (len(written) // size))
    assert said.strip() == {**SOURCES, **THOUGHTS}[written]
