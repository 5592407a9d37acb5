"""Nothing of the standard library opens a connection beside the clients that the import law knows.

Import-linter sees `urllib` and `http` as one module each, and cannot distinguish a parser from a
client.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("voicex", "accounts", "agents", "usage", "telephony", "dashboard")
MODULES = ("ftplib", "http.client", "imaplib", "poplib", "telnetlib", "urllib.request", "xmlrpc")
# What the import law forbids could be imported by its name at run time.
BY_NAME = (*MODULES, "aiohttp", "httpcore", "httpx", "requests", "urllib3", "websockets")
CALLS = ("create_connection", "open_connection", "open_unix_connection", "urlopen", "urlretrieve")
# Without one of these words a file has no client in it.
_WORDS = re.compile(rf"\b(?:{'|'.join({*(name.partition('.')[0] for name in BY_NAME), *CALLS})})\b")
ALLOWED = {
    # Whether a port of this machine is taken, before a server is started there.
    ("voicex/processes/supervisor.py", "create_connection"),
    # Opens the phone's media socket, at the address that the TwiML gives.
    ("telephony/simulator/media_socket.py", "create_connection"),
}


def sources() -> Iterator[Path]:
    for package in PACKAGES:
        for file in sorted((ROOT / package).rglob("*.py")):
            if "tests" not in file.parts:
                yield file


def is_client(name: str, modules: tuple[str, ...]) -> bool:
    return any(name == module or name.startswith(f"{module}.") for module in modules)


def clients_in(source: str) -> set[str]:
    """What in `source` could open a connection: modules that it imports, functions it calls."""
    found: set[str] = set()
    if not _WORDS.search(source):  # parsing every file takes a second
        return found
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Import(names=names):
                found |= {each.name for each in names if is_client(each.name, MODULES)}
            case ast.ImportFrom(module=str(module), names=names):
                given = [module, *(f"{module}.{each.name}" for each in names)]
                found |= {each for each in given if is_client(each, MODULES)}
                found |= {each.name for each in names if each.name in CALLS}
            case ast.Attribute(attr=name) if name in CALLS:
                found.add(name)
            case ast.Call(args=[ast.Constant(value=str(name)), *_]) if is_client(name, BY_NAME):
                found.add(name)
    return found


def test_no_module_opens_connections_beside_the_clients_that_are_known():
    found = {
        (str(file.relative_to(ROOT)), client)
        for file in sources()
        for client in clients_in(file.read_text())
    }
    assert found == ALLOWED


@pytest.mark.parametrize(
    "source",
    [
        "import urllib.request",
        "from urllib import request",
        "from urllib.request import urlopen",
        "import http.client as h",
        "from http import client",
        "import socket\nsocket.create_connection(('a', 1))",
        "from asyncio import open_connection",
        "import asyncio\nasyncio.open_connection('a', 1)",
        "loop.create_connection(protocol)",
        "import importlib\nimportlib.import_module('requests.sessions')",
        "__import__('httpx')",
        "from xmlrpc.client import ServerProxy",
    ],
)
def test_a_client_is_seen_in_every_spelling(source):
    assert clients_in(source)


@pytest.mark.parametrize(
    "source", ["from urllib.parse import urlsplit", "from http import HTTPStatus", "import socket"]
)
def test_what_opens_nothing_is_no_client(source):
    assert not clients_in(source)
