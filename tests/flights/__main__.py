"""Compare recorded flights with what the core decides today, renew them, record others."""

import argparse
import os
import sys
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.flights.flight import Flight


def main(arguments: Sequence[str] | None = None) -> int:
    """Do what is asked; 1 when decisions differ."""
    parser = argparse.ArgumentParser(prog="python -m tests.flights", description=__doc__)
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--renew", nargs="*", metavar="NAME", help="take over today's decisions")
    what.add_argument("--record", nargs="*", metavar="NAME", help="record anew, events and all")
    what.add_argument("--keep", nargs=3, metavar=("CALL", "NAME", "CLAIM"), help="of the database")
    given = parser.parse_args(arguments)
    if given.keep is None:
        import testing.environment  # noqa: F401  # before the settings are read
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "voicex.settings")
    import django

    django.setup()
    if given.keep is not None:
        call, name, claim = given.keep
        return _write({name: lambda: _kept(call, claim)}, [name])
    if given.record is not None:
        from tests.flights.sources import SOURCES

        return _write(SOURCES, given.record or SOURCES)
    return _compare(given.renew or (), renews=given.renew is not None)


def _compare(names: Sequence[str], *, renews: bool) -> int:
    from tests.flights.flight import RECORDED, difference, flown, read

    chosen = [RECORDED / f"{name}.txt" for name in names] or sorted(RECORDED.glob("*.txt"))
    differing = 0
    for path in chosen:
        if found := difference(path):
            differing += 1
            _say(found)
            if renews:
                path.write_text(flown(read(path)))
    _say(f"{differing} of {len(chosen)} {'renewed' if renews else 'are decided otherwise'}")
    return 1 if differing and not renews else 0


def _write(sources: "dict[str, Callable[[], Flight]]", names: Iterable[str]) -> int:
    from tests.flights.flight import RECORDED, flown

    for name in names:
        (RECORDED / f"{name}.txt").write_text(flown(sources[name]()))
        _say(name)
    return 0


def _kept(call: str, claim: str) -> "Flight":
    """Raises Call.DoesNotExist; SystemExit for a call of a person who did not mean to be kept."""
    from tests.flights.flight import of_records
    from usage.models import Call
    from voicex.simulated_phone import ACCOUNT_SID

    found = Call.objects.get(carrier_call_id=call)
    if found.account_sid != ACCOUNT_SID:
        raise SystemExit(f"{call} is no call of the simulated phone (manage.py call): not kept")
    record = found.flight_record
    return of_records(claim, "a call of the simulated phone", [bytes(record.events)])


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")


if __name__ == "__main__":
    sys.exit(main())
