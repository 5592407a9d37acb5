"""The HTTP client for URLs that organizations enter (protection against SSRF).

Only https to public addresses is allowed, without redirects, proxies from the environment or
compression, and with limits on the size and duration of an answer. Loopback and private networks
need ALLOW_PRIVATE_ENDPOINTS; plain http is then allowed to this machine only. Any port is allowed:
services without TLS cannot be reached by mistake.
"""

from voicex.fence.addresses import MAX_URL, check_address, clean_target, clean_url, is_allowed
from voicex.fence.asking import Asker, Response, ask, asking, host_of
from voicex.fence.clients import Bounds, async_client, client

__all__ = [
    "MAX_URL",
    "Asker",
    "Bounds",
    "Response",
    "ask",
    "asking",
    "async_client",
    "check_address",
    "clean_target",
    "clean_url",
    "client",
    "host_of",
    "is_allowed",
]
