"""The files in docker/ agree with each other, with the settings, and with what is written."""

import ast
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.apps import apps

ROOT = Path(__file__).resolve().parent.parent
DOCKER = ROOT / "docker"
PLACEHOLDER = re.compile(r"\$\{([A-Z_]+)")


def text(name: str) -> str:
    return (DOCKER / name).read_text()


@pytest.fixture(scope="module")
def services() -> dict[str, Any]:
    return yaml.safe_load(text("compose.yaml"))["services"]


def settings_with_defaults() -> dict[str, Any]:
    """What settings.py reads: names with their defaults; `...` where that is no constant."""
    found: dict[str, Any] = {}
    for node in ast.walk(ast.parse((ROOT / "voicex" / "settings.py").read_text())):
        if not isinstance(node, ast.Call) or not node.args:
            continue
        name = node.args[0]
        reader = ast.unparse(node.func)
        is_read = reader.startswith("env.") or reader in ("_secret", "_number")
        if is_read and isinstance(name, ast.Constant):
            given = (k.value for k in node.keywords if k.arg == "default")
            default = node.args[1] if reader == "_number" else next(given, None)
            found[name.value] = default.value if isinstance(default, ast.Constant) else ...
    return found


def settings_on_the_page() -> dict[str, str]:
    page = (ROOT / "docs" / "deployment.md").read_text().partition("## Settings")[2]
    return dict(re.findall(r"^\| `([A-Z0-9_]+)` \| (.*?) \|", page, re.MULTILINE))


def test_every_setting_is_on_the_deployment_page():
    assert set(settings_on_the_page()) == set(settings_with_defaults())


def test_the_page_gives_the_defaults_that_hold():
    page = settings_on_the_page()
    for name, default in settings_with_defaults().items():
        if default is not ...:
            assert page[name] == (f"`{default}`" if default != "" else "empty"), name


def test_every_container_starts_a_role_that_there_is(services):
    roles = set(re.findall(r"^  ([a-z]+)\)$", text("entrypoint.sh"), re.MULTILINE))
    started = {s["command"][0] for s in services.values() if s["image"] == "voicex"}
    assert started == {"web", "media", "worker", "beat", "migrate"}
    assert started <= roles


def test_every_variable_of_the_compose_file_can_be_filled_in():
    example = set(re.findall(r"^#?([A-Z_]+)=", text("voicex.env.example"), re.MULTILINE))
    assert set(PLACEHOLDER.findall(text("compose.yaml"))) <= example


def test_nginx_is_given_every_value_that_its_template_needs(services):
    given = {name for name in services["nginx"]["environment"] if name.startswith("VOICEX_")}
    assert set(re.findall(r"\$\{(VOICEX_\w+)\}", text("nginx.conf"))) == given


def test_the_image_gets_every_app_and_no_secret():
    let_through = set(re.findall(r"^!(.+)$", (ROOT / ".dockerignore").read_text(), re.MULTILINE))
    own = {Path(app.path) for app in apps.get_app_configs()}
    rooms = {path.name for path in own if path.parent == ROOT}
    assert rooms | {"voicex", "templates", "static", "manage.py"} <= let_through
    assert {f"docker/{script}" for script in ("entrypoint.sh", "healthcheck.sh")} <= let_through
    assert not any(".env" in name for name in let_through)
