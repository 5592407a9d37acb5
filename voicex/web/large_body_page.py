"""The page for a body that is too large to be read: Django and its middleware never see it."""

import asyncio
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.http import HttpRequest, parse_cookie
from django.template.loader import render_to_string
from django.utils import translation


async def too_large(scope: Any) -> bytes:
    """The page in the reader's language, rendered beside the loop that carries calls."""
    return await asyncio.to_thread(_page, _language_of(scope))


def _language_of(scope: Any) -> str:
    headers = {name: value.decode("latin-1") for name, value in scope["headers"]}
    request = HttpRequest()
    request.COOKIES = parse_cookie(headers.get(b"cookie", ""))
    request.META["HTTP_ACCEPT_LANGUAGE"] = headers.get(b"accept-language", "")
    return str(translation.get_language_from_request(request))


@lru_cache(maxsize=len(settings.LANGUAGES))
def _page(language: str) -> bytes:
    with translation.override(language):
        return render_to_string("413.html").encode()
