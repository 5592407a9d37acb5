"""Tells whether the field `error` of a response holds an error. Pure.

Servers and gateways send the field with every response, and write into it that all is well.
"""

from typing import Final

# What servers write into a field `error`, or its code, where there is none.
_NO_ERROR: Final = frozenset({
    "", "0", "200", "none", "null", "nil", "false", "ok", "success", "succeeded", "no error",
    "no_error",
})  # fmt: skip
# The first that there is decides.
_TELLING: Final = ("code", "status", "status_code", "message", "msg", "status_msg")
_DEEPEST: Final = 8  # levels of objects; what lies deeper says nothing that a reader would find


def is_error(value: object, depth: int = 0) -> bool:
    """Whether the value of a field `error`, or one within it, says that something failed."""
    if not value:
        return False
    if isinstance(value, dict):
        kind = value.get("type")
        if depth == _DEEPEST or (isinstance(kind, str) and "error" in kind.lower()):
            return True
        told = [each for name in _TELLING if (each := value.get(name)) not in (None, "")]
        return any(is_error(each, depth + 1) for each in told[:1] or value.values())
    return isinstance(value, list) or str(value).strip(" .!").lower() not in _NO_ERROR
