"""What a browser sends of a form, read from the page."""

from html.parser import HTMLParser
from typing import Final

_UNSENT: Final = ("submit", "button", "file", "image", "reset")


def as_shown(page: str, field: str) -> dict[str, str]:
    """The fields of the form of `page` that has `field`, as a browser sends them untouched."""
    reader = _Reader()
    reader.feed(page)
    [found] = [form for form in reader.forms if field in form.names]
    return found.fields


class _Form:
    def __init__(self) -> None:
        self.names: set[str] = set()
        self.fields: dict[str, str] = {}


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[_Form] = []
        self._is_inside = False
        self._select = self._textarea = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        name = given.get("name", "")
        if tag == "form":
            self.forms.append(_Form())
            self._is_inside = True
        elif tag == "option" and self._select:
            fields = self.forms[-1].fields
            if "selected" in given or self._select not in fields:
                fields[self._select] = given.get("value", "")
        elif self._is_inside and name and tag in ("input", "select", "textarea"):
            self._field(tag, name, given)

    def _field(self, tag: str, name: str, given: dict[str, str]) -> None:
        form, kind = self.forms[-1], given.get("type", "text")
        form.names.add(name)
        if tag == "select":
            self._select = name
        elif tag == "textarea":
            self._textarea = name
            form.fields[name] = ""
        elif kind not in _UNSENT and (kind not in ("checkbox", "radio") or "checked" in given):
            is_box = kind == "checkbox"
            form.fields[name] = given.get("value", "on" if is_box else "")

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._is_inside = False
        elif tag == "select":
            self._select = ""
        elif tag == "textarea" and self._textarea:
            fields = self.forms[-1].fields
            # The first line break is the page's; the others are sent as the standard has them.
            text = fields[self._textarea].removeprefix("\n")
            fields[self._textarea] = text.replace("\n", "\r\n")
            self._textarea = ""

    def handle_data(self, data: str) -> None:
        if self._textarea:
            self.forms[-1].fields[self._textarea] += data
