"""What callers hear in German."""

from types import MappingProxyType
from typing import Final

from telephony.spoken.phrases import Phrases
from voicex.reasons.attempts import AttemptReason

_NOT_SET_UP: Final = (
    "Entschuldigung, unter dieser Nummer ist zurzeit niemand zu erreichen. Auf Wiederhören."
)
_NOBODY: Final = (
    "Entschuldigung, unter dieser Nummer kann gerade niemand antworten. Auf Wiederhören."
)
_NO_ROOM: Final = (
    "Entschuldigung, wir können Ihren Anruf gerade nicht annehmen. Bitte rufen Sie in ein paar "
    "Minuten noch einmal an. Auf Wiederhören."
)
_LINES_BUSY: Final = (
    "Entschuldigung, alle unsere Leitungen sind gerade belegt. Bitte rufen Sie in ein paar Minuten "
    "noch einmal an. Auf Wiederhören."
)

GERMAN: Final = Phrases(
    say_again="Entschuldigung, das habe ich nicht verstanden. Bitte noch einmal.",
    trouble="Entschuldigung, ich habe ein technisches Problem. Bitte noch einmal.",
    still_trouble=(
        "Entschuldigung, das technische Problem besteht noch. Bitte versuchen Sie es gleich "
        "noch einmal, oder bleiben Sie am Apparat."
    ),
    broke_off="Entschuldigung, ich wurde unterbrochen. Bitte fragen Sie noch einmal.",
    go_on="Dazu gibt es noch mehr zu sagen. Soll ich weitersprechen?",
    giving_up="Ich kann gerade leider nicht helfen. Bitte rufen Sie später an. Auf Wiederhören.",
    goodbye="Danke für Ihren Anruf. Auf Wiederhören.",
    time_is_up="Die Zeit für diesen Anruf ist leider um. Auf Wiederhören.",
    restarting=(
        "Entschuldigung, ich muss das Gespräch beenden. Bitte rufen Sie in einer Minute noch "
        "einmal an. Auf Wiederhören."
    ),
    waiting=(
        "Einen Moment, bitte.",
        "Ich bin noch dabei. Bitte bleiben Sie am Apparat.",
        "Danke für Ihre Geduld. Es dauert noch ein wenig.",
    ),
    listening=("Mhm.", "Verstehe.", "Aha."),
    still_there=(
        "Sind Sie noch da?",
        "Ich kann Sie nicht hören. Wenn Sie noch am Apparat sind, sagen Sie bitte etwas.",
    ),
    unanswered=(
        "Ich höre Sie leider nicht und lege jetzt auf. Bitte rufen Sie noch einmal an. "
        "Auf Wiederhören."
    ),
    take_your_time="Natürlich, lassen Sie sich Zeit.",
    interrupting=(
        "Entschuldigung, dass ich unterbreche. Ich antworte erst einmal auf das, was Sie "
        "bisher gesagt haben."
    ),
    almost_over="Kurz zur Information: Die Zeit für diesen Anruf ist gleich um.",
    putting_through="Ich verbinde Sie jetzt. Bitte bleiben Sie am Apparat.",
    nobody_answered=(
        "Leider konnte gerade niemand Ihren Anruf annehmen. Möchten Sie eine Nachricht "
        "hinterlassen?"
    ),
    cut_off="Entschuldigung, wir wurden unterbrochen.",
    cut_off_saying="Entschuldigung, wir wurden unterbrochen. Was wollten Sie sagen?",
    carrier_language="de-DE",
    lost=(
        "Entschuldigung, die Verbindung zu unserem Assistenten ist abgebrochen. "
        "Bitte rufen Sie noch einmal an. Auf Wiederhören."
    ),
    ended="Dieser Anruf muss hier enden. Danke für Ihren Anruf. Auf Wiederhören.",
    no_way_back=(
        "Entschuldigung, es konnte niemand Ihren Anruf annehmen. Bitte rufen Sie später noch "
        "einmal an. Auf Wiederhören."
    ),
    announced="Sie haben einen Anruf für {target}.",
    press_to_take=(
        "Um den Anruf anzunehmen, drücken Sie die 1. Um ihn abzulehnen, eine andere Taste."
    ),
    in_line="Alle unsere Leitungen sind gerade belegt. Bitte bleiben Sie am Apparat.",
    next_in_line="Sie sind als Nächstes an der Reihe.",
    place_in_line="Sie sind Nummer {place} in der Warteschlange.",
    declines=MappingProxyType(
        {
            AttemptReason.NO_ACTIVE_AGENT: _NOT_SET_UP,
            AttemptReason.AGENT_NOT_PREPARED: _NOT_SET_UP,
            AttemptReason.ENGINE_NOT_OFFERED: _NOT_SET_UP,
            AttemptReason.ENGINE_WITHOUT_KEY: _NOT_SET_UP,
            AttemptReason.NO_AGENT: _NOBODY,
            AttemptReason.AGENT_ARCHIVED: _NOBODY,
            AttemptReason.SUSPENDED: (
                "Entschuldigung, diese Nummer nimmt zurzeit keine Anrufe an.{why} Auf Wiederhören."
            ),
            AttemptReason.MINUTES_USED_UP: (
                "Entschuldigung, wir können in diesem Monat keine Anrufe mehr annehmen. "
                "Auf Wiederhören."
            ),
            AttemptReason.BUDGET_SPENT: (
                "Entschuldigung, wir können zurzeit keine Anrufe mehr annehmen. Bitte rufen Sie "
                "später wieder an. Auf Wiederhören."
            ),
            AttemptReason.NO_SLOT: _LINES_BUSY,
            AttemptReason.TOO_MANY_BEGUN: _LINES_BUSY,
            AttemptReason.POOL_BUSY: _LINES_BUSY,
            AttemptReason.POOL_USED_UP: _LINES_BUSY,
            AttemptReason.WAITED_TOO_LONG: (
                "Danke, dass Sie gewartet haben. Leider sind unsere Leitungen noch immer belegt. "
                "Bitte rufen Sie in ein paar Minuten noch einmal an. Auf Wiederhören."
            ),
            AttemptReason.LEFT_QUEUE: _LINES_BUSY,
            AttemptReason.FORWARD_FAILED: _LINES_BUSY,
            AttemptReason.BUSY: _NO_ROOM,
            AttemptReason.OVERLOADED: _NO_ROOM,
            AttemptReason.DRAINING: _NO_ROOM,
            AttemptReason.DATABASE_AWAY: _NO_ROOM,
        }
    ),
)
