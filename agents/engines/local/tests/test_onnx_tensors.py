"""Reading weights out of an ONNX file: protobuf messages made by hand."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.engines.local.onnx_tensors import (
    float_constants,
    float_initializers,
    resized,
    with_float_outputs,
)


def varint(value):
    out = b""
    while value >= 0x80:
        out, value = out + bytes([value & 0x7F | 0x80]), value >> 7
    return out + bytes([value])


def field(number, content):
    if isinstance(content, int):
        return varint(number << 3) + varint(content)
    return varint(number << 3 | 2) + varint(len(content)) + content


def tensor(values, *, packed=False, kind=1):
    dims = (
        field(1, b"".join(map(varint, values.shape)))
        if packed
        else b"".join(field(1, size) for size in values.shape)
    )
    return dims + field(2, kind) + field(9, values.tobytes())


def constant(name, content):
    return field(2, name.encode()) + field(4, b"Constant") + field(5, field(5, content))


def model(*nodes):
    return field(1, 8) + field(7, b"".join(field(1, node) for node in nodes))


WEIGHTS = np.arange(300, dtype=np.float32).reshape(150, 2)


@pytest.mark.parametrize("packed", [False, True])
def test_a_constant_is_found_by_the_name_of_its_output(packed):
    found = float_constants(model(constant("w", tensor(WEIGHTS, packed=packed))))
    assert list(found) == ["w"]
    assert np.array_equal(found["w"], WEIGHTS)


def test_branches_of_an_if_are_searched_too():
    branch = field(1, constant("inner", tensor(WEIGHTS)))
    choice = field(2, b"out") + field(4, b"If") + field(5, field(6, branch))
    assert list(float_constants(model(choice))) == ["inner"]


def test_integers_and_lone_numbers_are_left_out():
    integers = constant("sizes", tensor(np.arange(4, dtype=np.int64), kind=7))
    lone = constant("two", tensor(np.array(2.0, dtype=np.float32)))
    assert float_constants(model(integers, lone)) == {}


def test_fields_of_fixed_width_are_stepped_over():
    fixed = varint(90 << 3 | 1) + bytes(8) + varint(91 << 3 | 5) + bytes(4)
    found = float_constants(model(fixed + constant("w", tensor(WEIGHTS))))
    assert list(found) == ["w"]


@pytest.mark.parametrize("cut", [1, 100])
def test_a_file_that_ends_too_soon_is_refused(cut):
    with pytest.raises(ValueError, match="The message ends"):
        float_constants(model(constant("w", tensor(WEIGHTS)))[:-cut])


def test_outputs_are_added_to_the_graph_as_float_tensors():
    whole = model(constant("w", tensor(WEIGHTS)))
    names = ["a" * 200, "b"]
    outputs = (field(1, name.encode()) + field(2, field(1, field(1, 1))) for name in names)
    graph = b"".join(field(12, output) for output in outputs)
    longer = with_float_outputs(whole, names)
    assert longer == whole + field(7, graph)
    assert list(float_constants(longer)) == ["w"]


@given(st.binary(max_size=60))
def test_anything_else_is_refused_or_holds_nothing(content):
    try:
        found = float_constants(content)
    except ValueError:
        return
    assert all(values.dtype == np.float32 for values in found.values())


def value(name, *shape):
    dims = b"".join(field(1, field(1, size)) for size in shape)
    return field(1, name.encode()) + field(2, field(1, field(1, 1) + field(2, dims)))


def named(name, values, kind=1):
    dims = b"".join(field(1, size) for size in values.shape)
    return dims + field(2, kind) + field(8, name.encode()) + field(9, values.tobytes())


def test_inputs_and_tensors_take_other_sizes_and_all_else_stays():
    node, sizes = constant("w", tensor(WEIGHTS)), np.arange(3, dtype=np.int64)

    def whole(length, *, noted=b""):
        return field(1, 8) + field(
            7,
            field(1, node)
            + field(2, b"graph")
            + field(5, named("table", WEIGHTS[:length]))
            + field(5, named("kept", sizes, kind=7))
            + field(11, value("sound", 1, length))
            + field(11, value("other", 1, 150))
            + noted
            + field(12, value("out", 1)),
        )

    before = whole(150, noted=field(13, value("within", 150)))
    after = resized(before, inputs={"sound": (1, 20)}, tensors={"table": WEIGHTS[:20]})
    assert after == whole(20)
    assert np.array_equal(float_initializers(after)["table"], WEIGHTS[:20])
    assert list(float_initializers(after)) == ["table"]
    assert resized(before, inputs={}, tensors={"kept": sizes}) == whole(150)


def test_a_model_that_ends_too_soon_is_not_resized():
    with pytest.raises(ValueError, match="The message ends"):
        resized(model(constant("w", tensor(WEIGHTS)))[:-1], inputs={}, tensors={})


def test_what_a_model_does_not_have_is_not_resized():
    whole = model(constant("w", tensor(WEIGHTS)))
    with pytest.raises(ValueError, match="The file has no sound, table"):
        resized(whole, inputs={"sound": (1, 20)}, tensors={"table": WEIGHTS})
