"""Whose request of a carrier it is, for turns: cheap, without the database, and for no other use.

Who floods has an address, or a few. Requests of many organizations come from the same addresses of
their carrier, so those of one organization, known by its key, are told from the others.
"""

import re
from typing import Any, Final

from telephony.admission.known_lines import known_lines
from voicex.web.client_address import forwarded_address, limited_address

# As our pages write it. In another spelling it is as good, and takes turns with unknown ones.
_KEY: Final = re.compile(rb"(?:\A|&)api_key=(vx_[0-9a-f]{40})(?:&|\Z)")


def sender_of(scope: Any, *, address_header: bytes) -> str:
    """A text that is the same for requests that take turns together.

    scope: of ASGI, as it came. address_header: as in `voicex.web.guarded_http.Guard`.
    """
    if address_header:
        address = forwarded_address(scope["headers"], address_header)
    else:
        client = scope.get("client")
        address = limited_address(client[0]) if client else ""
    if not scope["path"].endswith("/voice"):
        return f"{address} callback"
    key = _KEY.search(scope["query_string"])
    return f"{address} {known_lines.owner_of(key[1].decode()) if key else ''}"
