"""In which encodings a server may say that its text is. Pure.

Python knows more, and not all of them are for texts of strangers: "punycode" takes a hundred
seconds for a megabyte, some raise whatever they are told of errors, and each unknown name is kept
for ever. What reads a text by its declared encoding (the SDKs do, of errors) must not meet them.
"""

import re
from collections.abc import Mapping
from typing import Final

CHARSETS: Final = re.compile(
    r"utf-?8|us-ascii|ascii|utf-16(?:le|be)?|latin-?1|iso-8859-(?:[1-9]|1[013-6])|windows-125[0-8]"
    r"|cp125[0-8]|koi8-[ru]|macintosh|ibm866|tis-620|gb2312|gbk|gb18030|big5(?:-hkscs)?"
    r"|euc-(?:jp|kr)|shift[-_]jis|iso-2022-jp|ks_c_5601-1987"
)

_NAME: Final = "charset"
_PLAIN: Final = re.compile(r"[\w.-]+=[\w.-]*", re.ASCII)


def charset_in(parameters: str) -> str:
    """The encoding in what follows the name of a content type, "" where there is none."""
    for each in parameters.split(";"):
        name, _, value = each.partition("=")
        if name.strip().lower() == _NAME:
            return value.strip().strip("\"'")[:40]
    return ""


def clean_headers(headers: Mapping[str, str]) -> dict[str, str]:
    """What to put into an answer's headers; empty where nothing is to be changed.

    Readers take parameters apart in more ways than one (RFC 2231, quoted strings). So a content
    type that names a charset in any way is written anew, and nothing else in it can be meant.
    """
    said = headers.get("content-type", "")
    if _NAME not in said.lower():
        return {}
    kind, _, parameters = said.partition(";")
    named = (charset_in(each) for each in parameters.split(";"))
    charset = next((each for each in named if CHARSETS.fullmatch(each.lower())), "")
    kept = [each.strip() for each in parameters.split(";") if _is_plain(each)]
    kept += [f"{_NAME}={charset}"] if charset else []
    return {"content-type": "; ".join(["" if _NAME in kind.lower() else kind.strip(), *kept])}


def _is_plain(parameter: str) -> bool:
    return _NAME not in parameter.lower() and _PLAIN.fullmatch(parameter.strip()) is not None
