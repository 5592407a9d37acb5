"""Whether a pinned package has a known vulnerability, as far as that can be asked from here.

    python .ci/audit.py

Exits 1 when one has. Without a way to the advisories it says what was not asked, and exits 0: a
check that needs the network fails for reasons that no commit can mend.
"""

import json
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
FILES = ("requirements.txt", "requirements-dev.txt")
SECONDS = 120


def asked() -> tuple[dict[str, Any] | None, str]:
    """What pip-audit answers for the lock files; None and its last words when it could not."""
    command = [sys.executable, "-m", "pip_audit", "--format", "json", "--progress-spinner", "off"]
    command += ["--disable-pip", "--no-deps", "--timeout", "10"]
    for name in FILES:
        command += ["--requirement", str(ROOT / name)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS)
        return json.loads(done.stdout), ""
    except subprocess.TimeoutExpired:
        return None, f"no answer within {SECONDS} s"
    except ValueError:
        return None, (done.stderr.strip().splitlines() or ["no answer"])[-1]


def verdict(answer: dict[str, Any] | None, why: str) -> tuple[int, list[str]]:
    """The exit status, and what to say."""
    if answer is None:
        return 0, [f"audit: NOT DONE, the advisories cannot be asked from here ({why})"]
    packages = answer["dependencies"]
    found = list(_vulnerable(packages))
    skipped = [each["name"] for each in packages if "skip_reason" in each]
    count = len(packages) - len(skipped)
    lines = [f"audit: {count} packages asked about, {len(found)} advisories"]
    if skipped:
        names = ", ".join(skipped[:5]) + (", ..." if len(skipped) > 5 else "")
        lines.append(
            f"audit: NOT DONE for {len(skipped)} packages that are not known there: {names}"
        )
    return bool(found), [*lines, *found]


def _vulnerable(packages: Iterable[dict[str, Any]]) -> Iterable[str]:
    for each in packages:
        for advisory in each.get("vulns", ()):
            fixed = ", ".join(advisory["fix_versions"]) or "no version yet"
            yield f"  {each['name']} {each['version']}: {advisory['id']}, mended in {fixed}"


if __name__ == "__main__":
    status, lines = verdict(*asked())
    sys.stdout.write("\n".join(lines) + "\n")
    sys.exit(status)
