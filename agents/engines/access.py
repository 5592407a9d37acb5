"""Keys of providers, and the servers for which they are valid. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final


@dataclass(frozen=True, slots=True)
class Access:
    """A key and the server for which it is valid: neither is used without the other.

    endpoint: base URL, "" for the provider's own. is_of_client: both belong to an organization, so
    its server is reached through the fence; may_be_private: which allows private networks. Google's
    key is the JSON of a service account, or (the platform's) the path of such a file.
    """

    key: str = field(default="", repr=False)
    endpoint: str = ""
    is_of_client: bool = False
    may_be_private: bool = False

    @property
    def is_fenced(self) -> bool:
        """Whether the server was entered by an organization."""
        return self.is_of_client and bool(self.endpoint)


_NO_ACCESS: Final = Access()


@dataclass(frozen=True, slots=True)
class Credentials:
    """Provider access for one organization: its own keys first, else the platform's.

    access: by engine name. defaults: values of the platform's settings for engine settings that an
    agent does not have, by name; only used with the platform's server.
    """

    access: Mapping[str, Access] = field(default_factory=dict)
    defaults: Mapping[str, str] = field(default_factory=dict)
    ffmpeg_binary: str = ""

    def of(self, engine: str) -> Access:
        """The key and server of `engine`; both empty if there are none."""
        return self.access.get(engine, _NO_ACCESS)

    def default(self, option: str) -> str:
        """The platform's own value of the engine setting `option`, "" for none."""
        return self.defaults.get(option, "")

    def with_own(self, engine: str, access: Access, *, is_same_server: bool) -> "Credentials":
        """A copy with an organization's own access to `engine`.

        is_same_server: it is the platform's server, so that the platform's defaults apply.
        """
        defaults = {
            name: value
            for name, value in self.defaults.items()
            if is_same_server or not name.startswith(f"{engine}.")
        }
        return replace(self, access={**self.access, engine: access}, defaults=defaults)
