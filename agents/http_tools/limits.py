"""Limits of HTTP tools: lengths and numbers. Pure."""

from typing import Final

TOOLS: Final = 50  # of an organization
TOOLS_OF_AGENT: Final = 16  # a model reads the descriptions of all before each answer
NAME: Final = 40  # characters, as all of these; servers of models take 64
DESCRIPTION: Final = 500
PARAMETERS: Final = 10
PARAMETER_DESCRIPTION: Final = 200
CHOICES: Final = 20
CHOICE: Final = 60
URL: Final = 500
HEADERS: Final = 10
HEADER_NAME: Final = 60
HEADER: Final = 500
BODY: Final = 4_000
REMOTE: Final = 128  # of a tool's name at an MCP server
PICK: Final = 100
FILLER: Final = 150  # ten seconds of speech

VALUE: Final = 1_000  # of a text that a model gives
NUMBER: Final = 1e15  # beyond it floats leave whole numbers out
FILLED_URL: Final = 4_000

ANSWER_BYTES: Final = 20 * 1024
SECONDS: Final = 5.0
CALENDAR_SECONDS: Final = 9.0  # of all requests of one run of a calendar's tool
RESULT: Final = 2_000  # characters that a model gets of an answer
REFUSAL: Final = 300  # and of one that says no
