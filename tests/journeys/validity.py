"""Whether a page is valid HTML: what the standard's parser complains of, and what it cannot see."""

from collections import Counter
from collections.abc import Iterator
from typing import Final
from xml.etree.ElementTree import Element

from tinyhtml5.parser import HTMLParser

# Attributes whose value names the ids of other elements.
REFERENCES: Final = ("for", "list", "aria-labelledby", "aria-describedby", "aria-controls")
INTERACTIVE: Final = {"a", "button", "input", "select", "textarea", "details", "audio"}
# What alone may stand directly in these.
CHILDREN: Final = {
    "ul": {"li", "script", "template"},
    "ol": {"li", "script", "template"},
    "dl": {"dt", "dd", "div"},
    "tr": {"th", "td"},
    "select": {"option", "optgroup", "hr"},
}
PHRASING: Final = {"p", "h1", "h2", "h3", "h4", "span", "label", "button", "strong", "code"}
BLOCKS: Final = {
    "div", "p", "ul", "ol", "dl", "table", "form", "section", "nav", "header", "footer", "main",
    "h1", "h2", "h3", "h4", "fieldset", "details", "pre",
}  # fmt: skip


def faults_of(html: str) -> list[str]:
    """What is wrong with the document `html`, in words; nothing when it is valid."""
    parser = HTMLParser(namespace_html_elements=False)
    document = parser.parse(html)
    faults = [
        f"line {position[0]}: {code} {values or ''}" for position, code, values in parser.errors
    ]
    return faults + list(_faults_in(document))


def _faults_in(document: Element) -> Iterator[str]:
    elements = [element for element in document.iter() if isinstance(element.tag, str)]
    ids = Counter(element.get("id") for element in elements if element.get("id") is not None)
    yield from (f"the id {name!r} stands {count} times" for name, count in ids.items() if count > 1)
    for element in elements:
        for attribute in REFERENCES:
            for name in (element.get(attribute) or "").split():
                if name not in ids:
                    yield f"<{element.tag} {attribute}={name!r}> names nothing on the page"
        if element.get("style") is not None:
            yield f"<{element.tag}> has a style of its own, which the policy forbids"
        yield from _faults_of_content(element)


def _faults_of_content(element: Element) -> Iterator[str]:
    children = {child.tag for child in element if isinstance(child.tag, str)}
    wrong = children - CHILDREN.get(element.tag, children)
    yield from (f"<{tag}> directly in <{element.tag}>" for tag in sorted(wrong))
    if element.tag in PHRASING:
        yield from (f"<{tag}> in <{element.tag}>" for tag in sorted(children & BLOCKS))
    if element.tag in ("a", "button", "label"):
        limit = 1 if element.tag == "label" else 0
        inside = [child.tag for child in element.iter() if child is not element]
        controls = [tag for tag in inside if tag in INTERACTIVE]
        if len(controls) > limit:
            yield f"{controls} in <{element.tag}>"
