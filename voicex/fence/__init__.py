"""The one HTTP client for addresses that clients of the platform name.

Only https to public addresses, without redirects, proxies of the environment or compression, and
with bounds for what an answer may be and how long it may take. Loopback and private networks are
for installations that say so (ALLOW_PRIVATE_ENDPOINTS); http then reaches this machine alone.
Whatever port an address names is asked: TLS keeps other services from taking it for their own.
"""

from voicex.fence.addresses import MAX_URL, check_address, clean_target, clean_url, is_allowed
from voicex.fence.asking import Answer, Asker, ask, asking, host_of
from voicex.fence.clients import Bounds, async_client, client

__all__ = [
    "MAX_URL",
    "Answer",
    "Asker",
    "Bounds",
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
