"""The addresses under which the service is reached."""

import ipaddress
import warnings
from urllib.parse import urlsplit

from voicex.errors import ConfigurationError


def is_loopback(host: str) -> bool:
    """Whether `host` (a name or an address) is this machine."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def public_url(name: str, value: str) -> str:
    """`value` of the setting `name`, if it is the address of a server that Twilio can reach.

    Given without the slash at its end. Raises: ConfigurationError.
    """
    if value.endswith("/"):
        warnings.warn(f"{name} ends with a slash, which is removed", stacklevel=2)
        value = value.rstrip("/")
    parts = urlsplit(value)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.path or parts.query:
        raise ConfigurationError(
            f"{name} is {value!r}, which is not a public origin. Expected scheme and host only, "
            "for example https://voicex.example or https://abc123.ngrok.io"
        )
    if parts.scheme == "http" and not is_loopback(parts.hostname):
        raise ConfigurationError(
            f"{name} is {value!r}, but Twilio opens media sockets over TLS only. "
            f"Use https://{parts.netloc}"
        )
    return value
