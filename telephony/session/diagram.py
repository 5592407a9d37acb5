"""The state diagram of the documentation, made from the table itself."""

from collections import defaultdict

from telephony.session.turns import TRANSITIONS, Turn


def diagram() -> str:
    """`TRANSITIONS` as a Mermaid state diagram; events that lead the same way share an arrow."""
    arrows: dict[tuple[Turn, Turn], list[str]] = defaultdict(list)
    for (turn, event), target in TRANSITIONS.items():
        if turn is not Turn.ENDED:
            arrows[turn, target].append(event.__name__)
    lines = ["stateDiagram-v2", f"    [*] --> {Turn.LISTENING}"]
    lines += [f"    {turn} --> {target}: {', '.join(e)}" for (turn, target), e in arrows.items()]
    return "\n".join([*lines, f"    {Turn.ENDED} --> [*]"])
