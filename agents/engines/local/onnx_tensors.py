"""Reads weights from an ONNX file by name, and adds outputs to it, without an ONNX library.

An ONNX file is one protobuf message: a graph of nodes, some of which (`Constant`, also in the
branches of an `If`) hold a tensor. Field numbers are those of `onnx.proto`
(https://github.com/onnx/onnx/blob/main/onnx/onnx.proto), the encoding is
https://protobuf.dev/programming-guides/encoding/.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from math import prod
from typing import Final

import numpy as np
from numpy.typing import NDArray

_MODEL_GRAPH: Final = 7
_GRAPH_NODE, _GRAPH_INITIALIZER, _GRAPH_INPUT, _GRAPH_OUTPUT, _GRAPH_VALUE = 1, 5, 11, 12, 13
_NODE_OUTPUT, _NODE_ATTRIBUTE = 2, 5
_ATTRIBUTE_TENSOR, _ATTRIBUTE_GRAPH = 5, 6
_TENSOR_DIMENSIONS, _TENSOR_TYPE, _TENSOR_NAME, _TENSOR_RAW = 1, 2, 8, 9
_VALUE_NAME, _VALUE_TYPE = 1, 2
_TYPE_TENSOR, _ELEMENT_TYPE, _SHAPE, _DIMENSION, _SIZE = 1, 1, 2, 1, 1
_FLOAT, _INT64 = 1, 7  # of TensorProto.DataType

_VARINT, _EIGHT_BYTES, _LENGTH, _FOUR_BYTES = 0, 1, 2, 5  # wire types


def float_constants(model: bytes) -> dict[str, NDArray[np.float32]]:
    """Every float32 tensor of two values or more that a Constant node holds, by its output's name.

    model: the content of an ONNX file. Raises ValueError when it is none.
    """
    found: dict[str, NDArray[np.float32]] = {}
    for number, graph in _fields(memoryview(model)):
        if number == _MODEL_GRAPH:
            _collect(_message(graph), found)
    return found


def float_initializers(model: bytes) -> dict[str, NDArray[np.float32]]:
    """The float32 tensors that the graph itself holds, by name. Raises ValueError, as above."""
    found: dict[str, NDArray[np.float32]] = {}
    for number, graph in _fields(memoryview(model)):
        if number != _MODEL_GRAPH:
            continue
        for part, content in _fields(_message(graph)):
            if part == _GRAPH_INITIALIZER:
                tensor = _tensor(_message(content))
                if tensor is not None:
                    found[_name(_message(content), _TENSOR_NAME)] = tensor
    return found


def with_float_outputs(model: bytes, names: Iterable[str]) -> bytes:
    """The same model, which gives these float32 values of its graph as outputs, too.

    Of messages that stand one behind the other a reader makes one, with the lists of both.
    """
    kind = _field(_VALUE_TYPE, _field(_TYPE_TENSOR, _number(_ELEMENT_TYPE, _FLOAT)))
    outputs = (_field(_VALUE_NAME, name.encode()) + kind for name in names)
    graph = b"".join(_field(_GRAPH_OUTPUT, output) for output in outputs)
    return model + _field(_MODEL_GRAPH, graph)


def resized(
    model: bytes,
    *,
    inputs: Mapping[str, Sequence[int]],
    tensors: Mapping[str, NDArray[np.float32] | NDArray[np.int64]],
) -> bytes:
    """The same model for inputs of other shapes.

    inputs: the shapes, of float32 inputs, by name. tensors: what replaces initializers of these
    names. Shapes that the file notes of values within its graph are left out: they follow.
    Raises ValueError when the content is no ONNX file, or has none of one of these names.
    """
    changed: dict[tuple[int, str], bytes] = {}
    for name, shape in inputs.items():
        changed[_GRAPH_INPUT, name] = _float_value(name, shape)
    for name, tensor in tensors.items():
        changed[_GRAPH_INITIALIZER, name] = _initializer(name, tensor)
    parts, found = [], set[tuple[int, str]]()
    for number, value in _fields(memoryview(model)):
        if number == _MODEL_GRAPH:
            parts.append(_field(number, _changed(_message(value), changed, found)))
        else:
            parts.append(
                _number(number, value) if isinstance(value, int) else _field(number, value)
            )
    if missing := changed.keys() - found:
        raise ValueError(f"The file has no {', '.join(sorted(name for _, name in missing))}")
    return b"".join(parts)


def _changed(
    graph: memoryview,
    changed: Mapping[tuple[int, str], bytes],
    found: set[tuple[int, str]],
) -> bytes:
    """The graph with what is `changed` of it; what it had goes to `found`."""
    names = {_GRAPH_INPUT: _VALUE_NAME, _GRAPH_INITIALIZER: _TENSOR_NAME}
    parts = []
    for number, value in _fields(graph):
        content: bytes | memoryview = _message(value)
        if number in names:
            key = number, _name(_message(value), names[number])
            content = changed.get(key, content)
            found.add(key)
        if number != _GRAPH_VALUE:
            parts.append(_field(number, content))
    return b"".join(parts)


def _float_value(name: str, shape: Sequence[int]) -> bytes:
    dimensions = b"".join(_field(_DIMENSION, _number(_SIZE, size)) for size in shape)
    tensor = _number(_ELEMENT_TYPE, _FLOAT) + _field(_SHAPE, dimensions)
    return _field(_VALUE_NAME, name.encode()) + _field(_VALUE_TYPE, _field(_TYPE_TENSOR, tensor))


def _initializer(name: str, tensor: NDArray[np.float32] | NDArray[np.int64]) -> bytes:
    dimensions = b"".join(_number(_TENSOR_DIMENSIONS, size) for size in tensor.shape)
    kind = _number(_TENSOR_TYPE, _FLOAT if tensor.dtype == np.float32 else _INT64)
    raw = tensor.astype(tensor.dtype.newbyteorder("<")).tobytes()
    return dimensions + kind + _field(_TENSOR_NAME, name.encode()) + _field(_TENSOR_RAW, raw)


def _name(message: memoryview, field: int) -> str:
    names = (
        bytes(_message(value)).decode() for number, value in _fields(message) if number == field
    )
    return next(names, "")


def _number(number: int, value: int) -> bytes:
    return _encoded(number << 3 | _VARINT) + _encoded(value)


def _field(number: int, content: bytes | memoryview) -> bytes:
    return _encoded(number << 3 | _LENGTH) + _encoded(len(content)) + content


def _encoded(value: int) -> bytes:
    """As a varint: seven bits a byte, the lowest first."""
    encoded = bytearray()
    while value >= 0x80:
        encoded.append(value & 0x7F | 0x80)
        value >>= 7
    encoded.append(value)
    return bytes(encoded)


def _collect(graph: memoryview, found: dict[str, NDArray[np.float32]]) -> None:
    for number, node in _fields(graph):
        if number != _GRAPH_NODE:
            continue
        name = ""
        for part, value in _fields(_message(node)):
            if part == _NODE_OUTPUT:
                name = bytes(_message(value)).decode()
            elif part == _NODE_ATTRIBUTE:
                for kind, content in _fields(_message(value)):
                    if kind == _ATTRIBUTE_GRAPH:
                        _collect(_message(content), found)
                    elif kind == _ATTRIBUTE_TENSOR:
                        tensor = _tensor(_message(content))
                        if tensor is not None:
                            found[name] = tensor


def _tensor(message: memoryview) -> NDArray[np.float32] | None:
    shape: list[int] = []
    is_float, raw = False, memoryview(b"")
    for number, value in _fields(message):
        if number == _TENSOR_DIMENSIONS:
            shape += [value] if isinstance(value, int) else _packed(value)
        elif number == _TENSOR_TYPE:
            is_float = value == _FLOAT
        elif number == _TENSOR_RAW:
            raw = _message(value)
    if not is_float or not shape or len(raw) != 4 * prod(shape):
        return None
    return np.frombuffer(raw, dtype="<f4").reshape(shape).astype(np.float32)


def _fields(message: memoryview) -> Iterator[tuple[int, int | memoryview]]:
    """Each field of a message: its number, and its integer or its bytes."""
    at = 0
    while at < len(message):
        key, at = _varint(message, at)
        number, wire_type = key >> 3, key & 7
        if wire_type == _VARINT:
            value, at = _varint(message, at)
            yield number, value
            continue
        if wire_type == _LENGTH:
            length, at = _varint(message, at)
        elif wire_type in (_EIGHT_BYTES, _FOUR_BYTES):
            length = 8 if wire_type == _EIGHT_BYTES else 4
        else:
            raise ValueError(f"No protobuf wire type is {wire_type}")
        if at + length > len(message):
            raise ValueError("The message ends within a field")
        yield number, message[at : at + length]
        at += length


def _varint(message: memoryview, at: int) -> tuple[int, int]:
    """The integer that begins at `at`, and where it ends."""
    value = shift = 0
    while at < len(message):
        byte = message[at]
        value |= (byte & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if byte < 0x80:
            return value, at
    raise ValueError("The message ends within an integer")


def _packed(message: memoryview) -> list[int]:
    values, at = [], 0
    while at < len(message):
        value, at = _varint(message, at)
        values.append(value)
    return values


def _message(value: int | memoryview) -> memoryview:
    if isinstance(value, int):
        raise ValueError("An integer stands where a message should")
    return value
