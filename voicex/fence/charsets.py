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


def charset_in(parameters: str) -> str:
    """The encoding in what follows the name of a content type, "" where there is none."""
    for each in parameters.split(";"):
        name, _, value = each.partition("=")
        if name.strip().lower() == "charset":
            return value.strip().strip("\"'")[:40]
    return ""


def clean_headers(headers: Mapping[str, str]) -> dict[str, str]:
    """What to put into an answer's headers; empty where nothing is to be changed."""
    kind, semicolon, parameters = headers.get("content-type", "").partition(";")
    charset = charset_in(parameters).lower()
    if not semicolon or not charset or CHARSETS.fullmatch(charset):
        return {}
    kept = [each for each in parameters.split(";") if not charset_in(each)]
    return {"content-type": ";".join([kind, *kept])}
