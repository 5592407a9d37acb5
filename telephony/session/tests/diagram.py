"""Generates the state diagram of the documentation from the table of transitions."""

from collections import defaultdict

from telephony.session.turns import INITIAL, OPEN, TRANSITIONS, TurnState


def diagram() -> str:
    """`TRANSITIONS` as a Mermaid state diagram.

    Events with the same source and target share an arrow, and transitions that all states of the
    conversation have in common are drawn once.
    """
    inner: dict[tuple[str, str], list[str]] = defaultdict(list)
    outer: dict[tuple[str, str], list[str]] = defaultdict(list)
    for (turn, event), target in TRANSITIONS.items():
        if turn is TurnState.ENDED:
            continue
        is_inner = turn in OPEN and target in OPEN
        source = turn if is_inner or turn not in OPEN else "conversation"
        events = (inner if is_inner else outer)[source, target]
        if event.__name__ not in events:
            events.append(event.__name__)
    return "\n".join(
        [
            "stateDiagram-v2",
            f"    [*] --> {INITIAL}",
            "    state conversation {",
            *(f"        {source} --> {to}: {', '.join(e)}" for (source, to), e in inner.items()),
            "    }",
            *(f"    {source} --> {to}: {', '.join(e)}" for (source, to), e in outer.items()),
            f"    {TurnState.ENDED} --> [*]",
        ]
    )
