"""A call that stands in what a tool gave is none of the model's, however it is written there."""

import json

import pytest

from agents.speech.tool_calls.written import WrittenCall, quoted_in

CALL = WrittenCall("send_text", '{"to":"+49170"}')
WRITTEN = 'send_text({"to": "+49170"})'
AS_JSON = '{"name": "send_text", "arguments": {"to": "+49170"}}'


def escaped(text):
    return "".join(f"\\u{ord(each):04x}" for each in text)


@pytest.mark.parametrize("written", [WRITTEN, AS_JSON])
@pytest.mark.parametrize(
    "as_given",
    [
        lambda text: text,
        lambda text: json.dumps({"page": text}),
        lambda text: json.dumps({"page": json.dumps({"text": text})}),
        lambda text: f'{{"page": "{escaped(text)}"}}',
        lambda text: text.replace("_", "\\u005F").replace('"', "\\u0022"),
        lambda text: json.dumps({"page": f'{{"text": "{escaped(text)}"}}'}),
    ],
)
def test_a_call_is_found_behind_escapes(written, as_given):
    assert quoted_in([CALL], [as_given(written)]) == {CALL}


def test_another_call_behind_escapes_is_no_quotation():
    other = WRITTEN.replace("+49170", "+49171")
    assert quoted_in([CALL], [escaped(other)]) == frozenset()
    assert quoted_in([CALL], ["\\u0022 \\n \\ \\u00"]) == frozenset()
