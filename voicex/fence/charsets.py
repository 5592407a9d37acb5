"""The charsets that a server's response may declare. Pure.

Python has more codecs, and some are unsafe for untrusted text: "punycode" takes a hundred seconds
for a megabyte, some raise whatever error handler is given, and each unknown name is cached for
ever. The SDKs decode error responses by their declared charset, so it is replaced before they see
it.
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
    """The charset in the parameters of a content type, "" where there is none."""
    for each in parameters.split(";"):
        name, _, value = each.partition("=")
        if name.strip().lower() == _NAME:
            return value.strip().strip("\"'")[:40]
    return ""


def clean_headers(headers: Mapping[str, str]) -> dict[str, str]:
    """Headers to replace in a response; empty where nothing has to change.

    Parsers of parameters differ (RFC 2231, quoted strings), so a content type that names a charset
    in any form is rewritten as a whole.
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
