"""A cache of keys and agents for webhooks while the database is unreachable.

It contains the organization of each key and the languages of its agents: enough to decline a caller
in the right language, and to record the attempt later.
"""

from collections import OrderedDict
from dataclasses import dataclass
from threading import Lock
from typing import Final, TypeVar

from django.conf import settings
from django.db.models import F

from accounts.keys import key_text
from accounts.models import ApiKey, Organization
from agents.models import Agent

K = TypeVar("K")
V = TypeVar("V")

MOST: Final = 20_000  # of keys, and of agents; some MB


@dataclass(frozen=True, slots=True)
class KnownKey:
    """The organization of a key. language: of the agent, "" for an unknown one."""

    org: Organization
    language: str = ""


class KnownKeys:
    """Keys by prefix, with digests in place of their texts. Safe on any thread."""

    def __init__(self) -> None:
        self._lock = Lock()
        self.has_been_read = False  # once: what is unknown since then is most likely no key
        # Digest, and the organization's primary key, public id and time zone.
        self._keys: OrderedDict[str, tuple[str, int, str, str]] = OrderedDict()
        self._languages: OrderedDict[tuple[int, str], str] = OrderedDict()  # by agent's public id

    def learn(self, key: ApiKey, *, agent_id: str, language: str) -> None:
        """Learn from a call with this key for this agent; "": the organization's first one."""
        org = key.org
        with self._lock:
            kept = (key.digest, org.pk, org.public_id, org.time_zone)
            _keep(self._keys, key.prefix, kept)
            _keep(self._languages, (org.pk, agent_id), language)

    def read(self) -> None:
        """Refresh from the database, and drop what no longer exists. Two queries.

        Entries learned from calls meanwhile are kept.
        """
        with self._lock:
            old_keys, old_languages = set(self._keys), set(self._languages)
        newest = F("last_used_at").desc(nulls_last=True)
        keys = ApiKey.objects.filter(revoked_at=None).order_by(newest, "-pk")
        columns = ("prefix", "digest", "org_id", "org__public_id", "org__time_zone")
        found = list(keys.values_list(*columns)[:MOST])
        agents = Agent.objects.filter(is_active=True, published__isnull=False).order_by("-pk")
        spoken = list(agents.values_list("org_id", "public_id", "published__language")[:MOST])
        # The most recently used entries are inserted last, so that they are evicted last.
        keys_read: OrderedDict[str, tuple[str, int, str, str]] = OrderedDict()
        for prefix, digest, org_pk, org_id, time_zone in reversed(found):
            _keep(keys_read, prefix, (digest, org_pk, org_id, time_zone))
        languages: OrderedDict[tuple[int, str], str] = OrderedDict()
        for org_pk, agent_id, language in reversed(spoken):
            _keep(languages, (org_pk, agent_id), language)
            # The organization's language is that of its first agent.
            _keep(languages, (org_pk, ""), languages.get((org_pk, ""), language))
        # The event loop waits for this lock: within it only what was learned meanwhile is added.
        with self._lock:
            for prefix in [each for each in self._keys if each not in old_keys]:
                _keep(keys_read, prefix, self._keys[prefix])
            for name in [each for each in self._languages if each not in old_languages]:
                _keep(languages, name, self._languages[name])
            self._keys, self._languages = keys_read, languages
        self.has_been_read = True

    def find(self, text: str, *, agent_id: str) -> KnownKey | None:
        """The organization of the key `text`; None for an unknown key."""
        org_pk, public_id, time_zone = self._org_of(text)
        if not public_id:
            return None
        with self._lock:
            language = self._languages.get((org_pk, agent_id), "")
        org = Organization(pk=org_pk, public_id=public_id, time_zone=time_zone)
        return KnownKey(org, language)

    def owner_of(self, text: str) -> str:
        """The public id of the organization of the key `text`; "" for an unknown key."""
        return self._org_of(text)[1]

    def _org_of(self, text: str) -> tuple[int, str, str]:
        """Primary key, public id and time zone; 0 and twice "" for an unknown key."""
        parsed = key_text.parse(text)
        with self._lock:
            kept = self._keys.get(parsed.prefix) if parsed else None
        if kept is None:
            return 0, "", ""
        digest, org_pk, public_id, time_zone = kept
        peppers = settings.API_KEY_PEPPERS
        is_right = any(key_text.matches(text, digest, pepper=each) for each in peppers)
        return (org_pk, public_id, time_zone) if is_right else (0, "", "")


def _keep(kept: OrderedDict[K, V], name: K, value: V) -> None:
    kept[name] = value
    kept.move_to_end(name)
    if len(kept) > MOST:
        kept.popitem(last=False)


known_keys: Final = KnownKeys()
