"""Responses with a CSV file, streamed if its lines come from an asynchronous source."""

from collections.abc import AsyncIterable, Iterable

from django.forms import Form
from django.http import HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase

from voicex.spreadsheets import CONTENT_TYPE


def csv_file(
    name: str, parts: Iterable[str] | AsyncIterable[str], *, content_type: str = CONTENT_TYPE
) -> HttpResponseBase:
    """The file `name` (ASCII, without quotes) of `parts`; an asynchronous source is streamed."""
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    if isinstance(parts, AsyncIterable):
        return StreamingHttpResponse(parts, content_type=content_type, headers=headers)
    return HttpResponse("".join(parts), content_type=content_type, headers=headers)


def refused(form: Form) -> HttpResponse:
    """A response with the fault of the query, instead of the file."""
    told = "\n".join(str(error) for errors in form.errors.values() for error in errors)
    return HttpResponse(told, status=400, content_type="text/plain; charset=utf-8")
