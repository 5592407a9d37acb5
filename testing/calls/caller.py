"""A caller with a unique word that occurs in everything that is stored of their calls."""

import zlib
from datetime import timedelta

from django.utils import timezone

from testing.office import Office
from usage.billing.settlement import record_end
from usage.models import Call
from usage.records import dead_letters, recordings
from usage.records.turns import save_flight_record

NUMBER = "+12025550143"
WORD = "zanzibar"
SOUND = WORD.encode() * (recordings.PIECE_BYTES // len(WORD))
# As it was stored with calls in the course of time.
SPELLINGS = (NUMBER, "12025550143", "+1 (202) 555-0143", " 12025550143")


def calls_often(office: Office, *, letter: str, ago: timedelta = timedelta()) -> list[Call]:
    """Make a call for each stored spelling of the number, with words, events and audio."""
    made = []
    for index, spelling in enumerate(SPELLINGS):
        began = timezone.now() - timedelta(hours=1) - ago
        call = office.rings(f"CA{letter * 31}{index}", caller=NUMBER, now=began)
        Call.objects.filter(pk=call.pk).update(from_number=spelling)
        office.says(call, 1, f"Hello {NUMBER}, how is your {WORD}?")
        office.says(call, 2, f"My {WORD} is well, my number is 202 555 0143.")
        office.says(call, 3, f"Good that your {WORD} is well.", heard=f"Good that your {WORD}")
        save_flight_record(call.pk, zlib.compress(f'[1, "Heard", "{WORD} {NUMBER}"]\n'.encode()))
        name = f"{office.org.public_id}/{call.pk}-ab{recordings.SUFFIX}"
        recordings.begin(call.pk, consent="word", name=name, started_ms=0)
        for piece, sound in enumerate((SOUND, WORD.encode() * 10)):
            recordings.store_piece(name, piece, sound)
        recordings.grow(call.pk, size_bytes=recordings.PIECE_BYTES + 80, peaks=b"\1", name=name)
        turn = {"number": 4, "text": f"{WORD} {NUMBER}", "ended_ms": 1}
        error = ValueError(f"No column takes {WORD} of {NUMBER}")
        dead_letters.keep("save_turn", [call.pk], turn, error=error, now=began)
        evidence = {"status": "completed", "stream_error": f"{WORD} {NUMBER}"}
        record_end(call.pk, reason="stop", now=began, evidence=evidence)
        recordings.finish(call.pk)
        office.hangs_up(call)
        made.append(call)
    return made
