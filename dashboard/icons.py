"""Icons of the navigation: one path each, drawn as a line in a view box of 24 by 24."""

from collections.abc import Mapping
from typing import Final

ICONS: Final[Mapping[str, str]] = {
    "dashboard:overview": "M4 11l8-7 8 7M6 9.5V20h12V9.5M10 20v-6h4v6",
    "dashboard:try_it": (
        "M12 3a3 3 0 0 0-3 3v5a3 3 0 0 0 6 0V6a3 3 0 0 0-3-3M5 11a7 7 0 0 0 14 0M12 18v3"
    ),
    "dashboard:agents": "M5 8h14v11H5zM12 8V4M9 13v1M15 13v1M2 12v3M22 12v3",
    "dashboard:tools": "M14 6a4 4 0 0 1 5-3l-2 3 1 2 3 0a4 4 0 0 1-6 3L8 19a2 2 0 0 1-3-3l7-7",
    "dashboard:live_calls": "M5 12h2l2-6 4 12 3-9 1 3h3",
    "dashboard:messages": "M4 5h16v11H9l-5 4z",
    "dashboard:calls": (
        "M6 3h3l2 5-2 1a11 11 0 0 0 6 6l1-2 5 2v3a2 2 0 0 1-2 2A17 17 0 0 1 4 5a2 2 0 0 1 2-2"
    ),
    "dashboard:analytics": "M4 20h16M7 16v-4M12 16V6M17 16v-7",
    "dashboard:usage": "M4 6h16v12H4zM4 10h16M8 14h3",
    "dashboard:invoices": "M6 3h12v18l-3-2-3 2-3-2-3 2zM9 8h6M9 12h6",
    "dashboard:onboarding": "M5 21V4M5 5h12l-2 4 2 4H5",
    "dashboard:doctor": "M4 4v5a4 4 0 0 0 8 0V4M8 13v2a5 5 0 0 0 10 0v-2M18 9v4",
    "dashboard:numbers": "M9 4L7 20M17 4l-2 16M4 9h16M3 15h16",
    "dashboard:attempts": "M5 6h14M5 12h14M5 18h9",
    "dashboard:members": (
        "M8 11a3 3 0 1 0 0-6 3 3 0 0 0 0 6M3 19c0-3 2-5 5-5s5 2 5 5M16 11a3 3 0 0 0 0-6"
        "M16 14c3 0 5 2 5 5"
    ),
    "dashboard:keys": "M8 12a4 4 0 1 0 0 .1M12 12h9M18 12v4M15 12v3",
    "dashboard:hooks": "M10 14L21 3M15 3h6v6M19 14v5H5V5h5",
    "dashboard:credentials": "M6 11h12v9H6zM8 11V8a4 4 0 0 1 8 0v3",
    "dashboard:limits": "M4 17a8 8 0 1 1 16 0M12 17l4-5",
    "dashboard:settings": "M4 7h10M18 7h2M4 17h2M10 17h10M16 5v4M8 15v4",
    "dashboard:audit": "M7 3h10v18H7zM10 8h4M10 12h4M10 16h2",
    "operator:home": "M5 12h2l2-6 4 12 3-9 1 3h3",
    "operator:organizations": "M5 21V4h9v17M14 9h5v12M3 21h18M8 8h3M8 12h3M8 16h3",
    "operator:providers": "M7 18a4 4 0 0 1 0-8 5 5 0 0 1 10-1 4.5 4.5 0 0 1 0 9z",
    "operator:dead_letters": "M12 4l9 16H3zM12 10v5M12 17.5v.5",
    "operator:ledger": "M6 3h12v18H6zM9 8h6M9 12h6M9 16h3",
    "operator:audit": "M7 3h10v18H7zM10 8h4M10 12h4M10 16h2",
    "operator:plans": "M4 7l8-4 8 4-8 4zM4 12l8 4 8-4M4 17l8 4 8-4",
    "operator:invoices": "M6 3h12v18l-3-2-3 2-3-2-3 2zM9 8h6M9 12h6",
    "operator:price_books": "M4 4h8l8 8-8 8-8-8zM8 8v.5",
    "admin:index": "M4 7h10M18 7h2M4 17h2M10 17h10M16 5v4M8 15v4",
}
