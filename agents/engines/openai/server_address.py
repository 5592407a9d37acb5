"""Normalises the URL of a compatible server. Pure."""

from dataclasses import dataclass, field
from typing import Final
from urllib.parse import parse_qsl, urlsplit, urlunsplit

OPENAI_URL: Final = "https://api.openai.com/v1"  # the server of keys without an endpoint
# Paths of endpoints, as in URLs copied from examples.
_ENDPOINTS: Final = (
    "/chat/completions",
    "/completions",
    "/responses",
    "/audio/transcriptions",
    "/audio/translations",
    "/audio/speech",
    "/embeddings",
    "/models",
)
_AZURE: Final = (".openai.azure.com", ".openai.azure.us", ".cognitiveservices.azure.com",
                 ".services.ai.azure.com")  # fmt: skip


@dataclass(frozen=True, slots=True)
class ServerAddress:
    """url: without a query, an endpoint's path or a slash at the end. query: of each request.

    is_azure: its keys go into a header of their own.
    """

    url: str
    query: dict[str, str] = field(default_factory=dict)
    is_azure: bool = False


def address_of(endpoint: str) -> ServerAddress:
    """Normalise `endpoint` ("" for OpenAI itself). Never raises: invalid ones fail when used."""
    try:
        parts = urlsplit((endpoint or OPENAI_URL).strip())
        host = parts.hostname or ""
    except ValueError:
        return ServerAddress(endpoint)
    path = parts.path.rstrip("/")
    for tail in _ENDPOINTS:
        if path.endswith(tail):
            path = path.removesuffix(tail).rstrip("/")
            break
    query = dict(parse_qsl(parts.query, keep_blank_values=True))
    url = urlunsplit((parts.scheme, parts.netloc, path, "", ""))
    return ServerAddress(url, query, host.lower().endswith(_AZURE))
