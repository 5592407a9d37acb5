"""Private keys of clients are loaded in one place: bounded, with their primes unchecked."""

import ast
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("voicex", "accounts", "agents", "usage", "telephony", "dashboard")
# What loads a key as its writer made it, here and in packages that call the same.
LOADERS = frozenset({
    "load_pem_private_key", "load_der_private_key", "load_ssh_private_key",
    "load_pem_parameters", "load_der_parameters", "load_pkcs12", "load_key_and_certificates",
    "from_string", "from_service_account_info", "from_service_account_file", "from_signing_string",
})  # fmt: skip
THE_ONE = Path("agents/engines/google/account.py")


def _uses(path: Path) -> set[str]:
    source = path.read_text()
    if not any(name in source for name in LOADERS):  # parsing every file takes a second
        return set()
    tree = ast.parse(source)
    named = {each.attr for each in ast.walk(tree) if isinstance(each, ast.Attribute)}
    imported = {
        alias.name
        for each in ast.walk(tree)
        if isinstance(each, ast.ImportFrom)
        for alias in each.names
    }
    return (named | imported) & LOADERS


def test_one_module_loads_private_keys():
    found = {
        path.relative_to(ROOT): uses
        for room in ROOMS
        for path in (ROOT / room).rglob("*.py")
        if "tests" not in path.parts and (uses := _uses(path))
    }
    assert found == {THE_ONE: {"load_der_private_key"}}
