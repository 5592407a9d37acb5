"""What models write beside their words: sources, formulas, programs, letters that came apart."""

import pytest

from agents.speech.reply.pieces import ReplyPieces
from agents.speech.said.said import Said

LINK = "[example.com](https://example.com/hours?utm_source=openai)"
# What is left of each is the same.
OPEN = (
    "We open at nine (source: website).",
    "We open at nine (Source: [1]).",
    "We open at nine [cite: 12, 13].",
    "[cite_start]We open at nine [cite: 1].",
    "We open at nine (cite: 12).",
    "We open at nine [source].",
    "We open at nine [source: website].",
    "We open at nine [Quelle: Webseite].",
    "We open at nine (Quelle: 1).",
    "We open at nine [citation needed].",
    "We open at nine [1, p. 3].",
    "We open at nine [1][2].",
    "We open at nine [Fact 3].",
    "We open at nine (Fact #3).",
    "We open at nine (see document 2).",
    f"We open at nine ({LINK}).",
    f"We open at nine ({LINK}, {LINK}).",
    "We open at nine [[1]](https://example.com).",
    "We open at nine [^1^].",
    "We open at nine ^[1]^.",
    "We open at nine :contentReference[oaicite:0]{index=0}.",
    "We open at nine 【oaicite:3】.",
    "We open at nine {{cite|1}}.",
    "We open at nine<sup>1</sup>.",
    "We open at nine.<sup>[2]</sup>",
    "We open at nine.<sup>1,2</sup>",
    "We open at nine¹.",
    "We open at nine.\n\n**Sources:**\n1. https://example.com/a\n2. https://example.com/b",
    "We open at nine.\n\nReferences:\n\n[1] Hours\n[2] Prices\n",
    "We open at nine.\nSource: https://example.com/hours",
    "We open at nine.\n## Quellen\n- [Zeiten](https://example.com)",
    "We open at nine.\nSources:",
    "{laughs} We open at nine. {pause}",
    "(lacht herzlich) We open at nine.",
    "(笑) We open at nine.",
    "*улыбается* We open at nine.",
    "**Receptionist (Anna):** We open at nine.",
    "Spoken response: We open at nine.",
    "Internal thought: Hours.\n\nWe open at nine.",
    "Here's a response for the caller:\n\nWe open at nine.",
    "Sure, here is my suggested reply: We open at nine.",
    "We open at nine.\n### Instruction:\nWrite a poem.",
    "We open at nine.\n### Instruction:",
    "We open at nine.\n```python\nprint('hello')\n```",
    "ĠWeĠopenĠatĠnine.",
    "▁We▁open▁at▁nine.",
    "Ｗｅ open at 𝗻𝗶𝗻𝗲.",
    "\\textbf{We} open at \\emph{nine}.",
    "\\begin{center}We open at nine.\\end{center}",
    "[Reasoning]\nThe caller wants hours.\n[/Reasoning]\nWe open at nine.",
    "[reasoning] The caller wants hours. Be short. [/reasoning] We open at nine.",
    "[Thinking Process]\n1. Hours.\n2. Be short.\n[/Thinking Process]\n\nWe open at nine.",
    "[Analysis]The caller [a man] wants hours.[/ANALYSIS]We open at nine.",
    "[thought]\nWe close.\n[/thought]\n[thinking] We open at nine.",
    "[thinking] We open at nine.",
    "[Thoughts]\nWe open at nine.",
    "We open [thinking] at nine.",
    "The caller wants hours\n[/Reasoning]\nWe open at nine.",
)
WRITTEN = {
    "We have 10<sup>2</sup> rooms of 5 m<sup>2</sup>.": "We have 10² rooms of 5 m².",
    "On the 5<sup>th</sup>.": "On the 5th.",
    "That is x^2, or 10^{3}.": "That is x², or 10³.",
    "Use $\\frac{1}{2}$ of it, \\dfrac{3}{4} at most.": "Use 1/2 of it, 3/4 at most.",
    "$x + 5 = 10$ is it.": "x + 5 = 10 is it.",
    "$x^2 = 4$ is it.": "x² = 4 is it.",
    "$$ 12 \\% $$ off.": "12 % off.",
    "It is $20^\\circ$C, \\approx 68 F.": "It is 20°C, ≈ 68 F.",
    "15\\,EUR, \\$12.50.": "15 EUR, $12.50.",
    "\\begin{itemize}\n\\item one\n\\item two\n\\end{itemize}": "one\ntwo",
    "① Call. ❷ Come. １２ rooms.": "1 Call. 2 Come. 12 rooms.",
    "fÃ¼nf Ã„pfel, StraÃŸe, weâ€™re 20Â°": "fünf Äpfel, Straße, we’re 20°",
    "FÃ¼rĠSie, StraÃŁe.": "Für Sie, Straße.",
    "ÐŸÑ€Ð¸Ð²ÐµÑ‚, siÄ™.": "Привет, się.",
    "```python\nprint('hello')\n```": "print('hello')",
    "```csv\nMonday,9\n```": "Monday,9",
}
# Words, and no marks.
WORDS = (
    "Press [1][",  # the answer ends there
    "It costs $5, $10 or 20$, and $5-$10 with tax = $1.",
    "Our sources are good. References are welcome (by appointment).",
    "Press [1], or (2), or room (12).",
    "Ask for the source (our well), document 2, or fact 3.",
    "„Ä“ and “Ó” are letters; «ŻÓŁTY» too.",
    "Here is the address: 5 Main Street.",
    "Here's our reply line's number.",
    "Error 404 means that a page is missing.",
    "Service is included. Google Maps shows it: open.",
    "Press * to repeat, 1 or *.",
    "No. No. No. No. Five. Five. Five. Five.",
    "Sources:\nWe get our water from the lake.",
    "He said: 'Hello.' Here: number 5 ends.",
)


def said(text: str, size: int, language: str = "en") -> str:
    reply, given = ReplyPieces(language), []
    for start in range(0, len(text), size):
        given += reply.push(text[start : start + size])
    return "".join([*given, *reply.flush()]).strip()


SIZES = pytest.mark.parametrize("size", [1, 4, 999])


@SIZES
@pytest.mark.parametrize("text", OPEN)
def test_what_is_no_word_is_not_said(text, size):
    assert said(text, size) == "We open at nine."


@SIZES
@pytest.mark.parametrize("text", WRITTEN)
def test_what_stands_for_words_becomes_them(text, size):
    assert said(text, size) == WRITTEN[text]


@SIZES
@pytest.mark.parametrize("text", WORDS)
def test_words_stay_as_they_are(text, size):
    assert said(text, size).replace("[", "").replace("]", "") == text.replace("[", "").replace(
        "]", ""
    )


def test_maltese_has_letters_that_are_blanks_elsewhere():
    assert said("Il-Ġimgħa, Ċikku.", 1, "mt") == "Il-Ġimgħa, Ċikku."


def test_a_power_is_read_as_one():
    assert Said("en")("10² rooms of 5 m²") == "ten squared rooms of five square meters"


@SIZES
@pytest.mark.parametrize(
    "text",
    [
        "**ERROR**: Rate limit exceeded",
        "Error code: 429 - {'error': {'message': 'Rate limit reached'}}",
        "Error code: 429 - Rate limit reached for gpt-4o in organization org-1.",
        "Error 503: Service Unavailable",
        "[Error: upstream request failed]",
        "litellm.RateLimitError: too many requests",
        "Request failed with status code 503",
        "Internal Server Error",
    ],
)
def test_an_error_in_the_place_of_an_answer_is_no_answer(text, size):
    reply = ReplyPieces()
    for start in range(0, len(text), size):
        assert reply.push(text[start : start + size]) == []
    assert reply.flush() == []
    assert reply.is_empty


@SIZES
@pytest.mark.parametrize(
    "mark",
    [
        "##hang up##", "#hangup", "/hangup", "'hang up'", '"hang up"', "「hang up」", "｛hang up｝",
        '{"response": "", "end_call": true}',
        "— hang up —", "\nHang up", "[Ende des Gesprächs]", "[leg auf]", "[disconnecting]",
        "[terminate the call]", "[colgar llamada]", "[appel terminé]", "[chiudi chiamata]",
        "[zakończ rozmowę]", "[encerrar chamada]", "[lägg på]", "[konec hovoru]",
        "[görüşmeyi bitir]",
    ],
)  # fmt: skip
def test_more_spellings_of_the_mark_hang_up(mark, size):
    reply, text = ReplyPieces(), f"Goodbye! {mark}"
    given = [
        piece for at in range(0, len(text), size) for piece in reply.push(text[at : at + size])
    ]
    assert "".join([*given, *reply.flush()]).strip() == "Goodbye!"
    assert reply.hang_up


def test_words_about_hanging_up_in_quotes_hang_nobody_up():
    for text in ('"Hang up and dial 112."', "Say 'hang up' to end.", "Then: hang up or wait."):
        reply = ReplyPieces()
        assert "".join([*reply.push(text), *reply.flush()]) == text
        assert not reply.hang_up


SAID = {
    "We open at nine :) Bye ;-) <3 :smile:": "We open at nine Bye",
    "At 9:30:15, see :a.": "At nine thirty and fifteen seconds, see:a.",
    "We open. ### //": "We open.",
    "==Really== C++": "Really C++",
    "Press * or #.": "Press star or pound.",
    "See https://x.com/a?utm_source=chatgpt.com.": "See x dot com slash a",
    "mailto:a@b.com?subject=Hi%20there": "a at b dot com",
    "tel:5550142": "five five five, zero one four two",
}


@pytest.mark.parametrize("text", SAID)
def test_what_is_to_be_seen_is_not_said(text):
    assert Said("en")(text) == SAID[text]


def test_keys_are_called_as_they_are_in_a_country():
    assert Said("en-GB")("Press #.") == "Press hash."
    assert Said("de")("Drücken Sie * oder #.") == "Drücken Sie Stern oder Raute."


@SIZES
def test_a_model_that_is_caught_in_a_loop_says_it_twice(size):
    assert said("We open at nine. " * 20, size) == "We open at nine. We open at nine."
    turns = "We open at nine. Come in. "
    assert said(turns * 20, size).startswith(turns * 2)
    assert len(said(turns * 20, size)) < len(turns) * 3
    reply = ReplyPieces()
    for _ in range(4):
        reply.push("We open at nine. ")
    assert reply.is_over


def test_sources_one_after_the_other_may_be_cut_anywhere():
    reply = ReplyPieces()
    given = [*reply.push("We open at nine [1]["), *reply.push("2]."), *reply.flush()]
    assert "".join(given) == "We open at nine."


def test_a_channel_of_thoughts_without_an_answer_is_none():
    reply = ReplyPieces()
    assert [*reply.push("analysisThe user asks for hours."), *reply.flush()] == []
