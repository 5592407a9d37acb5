"""Tags and notes of a call, for its page."""

from usage.models import Call, CallNote, CallTag


def tags_of_call(call: Call) -> list[CallTag]:
    """Its tags with who gave them, in alphabetical order."""
    return list(CallTag.objects.filter(call=call).select_related("created_by"))


def notes_of_call(call: Call) -> list[CallNote]:
    """Its notes with their authors, oldest first."""
    return list(CallNote.objects.filter(call=call).select_related("author"))


def note_of(call: Call, note_id: int) -> CallNote | None:
    """The note of the call with that primary key; None also for another call's."""
    found = CallNote.objects.filter(call=call, pk=note_id)
    return found.select_related("call__org").first()
