"""Turns that are made: sentences in the local voice, with pauses where people pause.

"/" is a pause of 300 to 1,200 ms. Each kind answers the question of the same agent, which is the
context that a predictor may use.
"""

import asyncio
from pathlib import Path
from random import Random
from typing import Final

from benchmarks.load import VOICES
from benchmarks.turn_taking.turn import Piece, Turn, turn
from telephony.simulator.sound.voices import spoken

PAUSE_MS: Final = (300, 1_200)
SEED: Final = 11

# By the question that is asked before each: kind, turns.
MADE: Final[dict[str, tuple[str, ...]]] = {
    "number": (
        "my number is / four one five / five five five / zero one three two",
        "four one five / five five five / zero one six four",
        "it's two oh six / five five five / zero one double zero",
        "sure it's seven oh two / five five five / zero one nine one",
        "you can reach me on / three one two five five five / zero one four eight",
        "five oh three / five five five / zero one one seven",
        "six one seven five five five / zero one / eight five",
        "let me see / two one two / five five five / zero one two nine",
        "the number is nine one seven / five five five / zero one / seven three",
        "eight one eight / five five five zero one / five five",
        "okay four oh four / five five five / oh one six six",
        "three oh five five / five five / zero one eight two",
    ),
    "name": (
        "my name is / Jonathan / Baker",
        "it's Maria / Gonzales",
        "Baker that's / B A / K E R",
        "Peter / S C H / M I D T",
        "the name is / Elizabeth Anne / Carter",
        "it's under my husband's name / William / Turner",
        "Kowalski / K O W / A L S K I",
        "first name Claire / last name / Henderson",
        "Doctor / Robert / Fitzgerald",
        "Nguyen / that's N G / U Y E N",
        "my last name is / O'Connor / O C O N N O R",
        "Theodore / Roosevelt / Miller",
    ),
    "e-mail": (
        "it's anna / dot bernstein / at example dot com",
        "john underscore / miller / at example dot org",
        "my address is info / at / green garden dot com",
        "p baker / seventy two / at example dot net",
        "c a r t e r / at example / dot com",
        "maria dot g / at / example dot com",
        "sales / at / northern lights / dot org",
        "w turner / one nine / at example dot com",
        "it is first name dot last name / at / acme dot com",
        "hello / at my little / bakery dot com",
    ),
    "connective": (
        "I would like to come on Monday and / if possible early in the morning",
        "I was there last week but / nobody could help me",
        "I need to cancel because / my car broke down",
        "I'd like to know if / you also repair bicycles",
        "we are four people or / maybe five",
        "could you tell me the / price of a check up",
        "I want to speak to / somebody about my bill",
        "I'm calling because / the heating has stopped",
        "it works in the morning but then / it stops after an hour",
        "I'd like a table for / six people on Friday",
        "I have an appointment on Tuesday and / I would like to move it",
        "can you check whether / my order has been sent",
        "he told me that / you would call me back",
        "we ordered it in / the first week of May",
        "I'd like to bring my dog so / is there a garden",
        "I wanted to ask about / the parking behind the house",
    ),
    "filler": (
        "I think um / on Thursday in the afternoon",
        "well / it's about my invoice",
        "um / do you have anything on Friday",
        "I'd like uh / two tickets for tonight",
        "so / my washing machine is leaking",
        "let me think / maybe the week after",
        "it was like / three weeks ago",
        "you know / I have been waiting for an hour",
        "I mean / the second of the two letters",
        "hmm / could we do half past nine",
        "uh / what was the question again",
        "I need er / a new battery for my car",
        "okay so / here is what happened",
        "the thing is uh / I lost the key",
    ),
}
FINISHED: Final[dict[str, tuple[str, ...]]] = {
    "yes or no": (
        "yes", "no", "yes please", "no thank you", "that's right", "yes that's correct",
        "of course", "no that's wrong", "yes I am", "I don't think so",
    ),
    "choice": (
        "Monday", "Tuesday at nine", "the second one", "in the morning", "the large one please",
        "by card", "half past three", "the day after tomorrow", "Friday", "the cheaper one",
    ),
    "open": (
        "when are you open tomorrow", "I'd like to cancel my appointment",
        "what does a check up cost", "where can I find you", "do you have parking",
        "I'd like to book a table for two tonight", "can I pay by card",
        "how long does the repair take", "I lost my key", "could you call me back please",
        "is Doctor Miller there today", "thank you that's all",
    ),
}  # fmt: skip
DIGITS: Final = {
    "zero": "0", "oh": "0", "one": "1", "two": "2", "three": "3", "four": "4", "five": "5",
    "six": "6", "seven": "7", "eight": "8", "nine": "9",
}  # fmt: skip


async def made_turns(kind: str, *, voices: Path = VOICES) -> list[Turn]:
    """The turns of `kind`, of MADE; every second number is heard in digits, as some write it."""
    random = Random(f"{SEED} {kind}")
    turns = []
    for number, text in enumerate(MADE[kind]):
        pieces = [
            await _piece(part.strip(), voices, as_digits=kind == "number" and number % 2 == 1)
            for part in text.split("/")
        ]
        pauses = [random.randrange(*PAUSE_MS, 20) for _ in pieces[1:]]
        turns.append(turn(kind, pieces, pauses))
    return turns


async def finished_turns(kind: str, *, voices: Path = VOICES) -> list[Turn]:
    """The answers of `kind`, of FINISHED: nothing is missing in them."""
    return [turn(f"finished: {kind}", [await _piece(text, voices)]) for text in FINISHED[kind]]


async def _piece(text: str, voices: Path, *, as_digits: bool = False) -> Piece:
    said = await spoken(text, cache_dir=voices)
    await asyncio.sleep(0)  # a hundred sentences are read in a row
    return Piece(b"".join(said.frames), in_digits(text) if as_digits else text)


def in_digits(words: str) -> str:
    """`words` with each run of spoken digits as one number: "four one five" as "415"."""
    found: list[str] = []
    is_number = False
    for word in words.split():
        digit = DIGITS.get(word)
        if digit and is_number:
            found[-1] += digit
        else:
            found.append(digit or word)
        is_number = digit is not None
    return " ".join(found)
