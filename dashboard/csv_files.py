"""A CSV file as an answer, written while it is sent where its lines come one after the other."""

from collections.abc import AsyncIterable, Iterable

from django.http import HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase

from voicex.spreadsheets import CONTENT_TYPE


def csv_file(name: str, parts: Iterable[str] | AsyncIterable[str]) -> HttpResponseBase:
    """The file `name` (ASCII, without quotes) of `parts`; an asynchronous source is streamed."""
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    if isinstance(parts, AsyncIterable):
        return StreamingHttpResponse(parts, content_type=CONTENT_TYPE, headers=headers)
    return HttpResponse("".join(parts), content_type=CONTENT_TYPE, headers=headers)
