"""The files in docker/ agree with each other, with the settings, and with what is written."""

import ast
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.apps import apps

from agents.facts.importing import PDF_BYTES
from usage.hearing import sound
from usage.papers import drawing, printing

ROOT = Path(__file__).resolve().parents[2]
DOCKER = ROOT / "docker"
PLACEHOLDER = re.compile(r"\$\{([A-Z_]+)")


def text(name: str) -> str:
    return (DOCKER / name).read_text()


@pytest.fixture(scope="module")
def services() -> dict[str, Any]:
    return yaml.safe_load(text("compose.yaml"))["services"]


# Of the settings' own; the second argument of the latter two is the default.
READERS = ("_secret", "_list", "_number", "_boolean")
DEFAULT_SECOND = ("_number", "_boolean")


def settings_with_defaults() -> dict[str, Any]:
    """What the settings read: names with their defaults; `...` where that is no constant."""
    found: dict[str, Any] = {}
    for node in ast.walk(ast.parse((ROOT / "voicex" / "settings" / "__init__.py").read_text())):
        if not isinstance(node, ast.Call) or not node.args:
            continue
        name = node.args[0]
        reader = ast.unparse(node.func)
        is_read = reader.startswith("env.") or reader in READERS
        if is_read and isinstance(name, ast.Constant):
            given = (k.value for k in node.keywords if k.arg == "default")
            default = node.args[1] if reader in DEFAULT_SECOND else next(given, None)
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


OURS = ("migrate", "web", "media", "worker", "beat")
# Which of our roles is given which secret; nothing else in docker/.env is one.
SECRETS = {
    "SECRET_KEY": {"web", "media", "worker"},
    "FIELD_ENCRYPTION_KEYS": {"web", "media", "worker"},
    "API_KEY_PEPPER": {"web", "media"},
    "OPENAI_API_KEY": {"web", "media", "worker"},
    "EMAIL_URL": {"web", "worker"},
    "POSTGRES_PASSWORD": set(),
    "POSTGRES_OWNER_PASSWORD": set(),
    "POSTGRES_SUPERUSER_PASSWORD": set(),
    "REDIS_PASSWORD": set(),
}


def test_a_role_is_given_its_own_secrets_and_no_other(services):
    for name, roles in SECRETS.items():
        # docker/.env has all of them; what compose sets to nothing is taken away again.
        given = {role for role in OURS if services[role]["environment"].get(name) != ""}
        assert given == roles, name


def test_only_the_migration_has_the_password_of_the_tables_owner(services):
    urls = {role: services[role]["environment"]["DATABASE_URL"] for role in OURS}
    assert [role for role in OURS if "voicex_owner" in urls[role]] == ["migrate"]
    assert {role for role in OURS if "voicex_app" in urls[role]} == {"web", "media", "worker"}
    assert not any("postgres://postgres" in url for url in urls.values())


def test_a_migration_that_gets_no_lock_gives_up_before_calls_wait_long(services):
    assert services["migrate"]["environment"]["PGOPTIONS"] == "-c lock_timeout=5s"
    assert not any("PGOPTIONS" in services[role]["environment"] for role in OURS[1:])


def test_a_secret_that_a_role_is_not_given_is_made_up_by_its_entrypoint(services):
    branches = dict(re.findall(r"^  (\w+)\)$(.*?);;", text("entrypoint.sh"), re.M | re.S))
    required = {"SECRET_KEY", "FIELD_ENCRYPTION_KEYS", "API_KEY_PEPPER"}
    for role in OURS:
        made_up = re.findall(r"needs_no_secret (.+)$", branches[role], re.MULTILINE)
        missing = {name for name in required if role not in SECRETS[name]}
        assert set(" ".join(made_up).split()) == missing, role


def test_every_container_is_confined(services):
    for name, service in services.items():
        assert service["read_only"], name
        assert service["cap_drop"] == ["ALL"], name
        assert service["security_opt"] == ["no-new-privileges:true"], name
        for limit in ("mem_limit", "cpus", "pids_limit"):
            assert service[limit], (name, limit)
        assert "cap_add" not in service
        assert not service.get("privileged")


def test_the_proxy_reaches_neither_the_queue_nor_the_database(services):
    networks = yaml.safe_load(text("compose.yaml"))["networks"]
    assert set(services["nginx"]["networks"]) == {"edge", "front"}
    assert set(services["redis"]["networks"]) == {"queue"}
    assert set(services["postgres"]["networks"]) == {"data"}
    assert all(networks[name]["internal"] for name in ("front", "data", "queue"))


def test_a_forwarded_address_is_believed_to_one_proxy_alone(services):
    proxy = services["nginx"]["environment"]["VOICEX_TLS_PROXY"]
    [edge] = yaml.safe_load(text("compose.yaml"))["networks"]["edge"]["ipam"]["config"]
    assert proxy == f"${{TLS_PROXY:-{edge['gateway']}}}"


def test_redis_asks_for_a_password_that_no_argument_shows(services):
    [command] = services["redis"]["command"]
    assert "requirepass" in command.partition("exec")[0]
    assert "REDIS_PASSWORD" not in command.partition("exec")[2]


def test_nginx_bounds_what_an_address_may_take_but_not_twilios(services):
    conf = text("nginx.conf")
    for name in ("client_header_timeout", "client_body_timeout", "limit_req", "limit_conn"):
        assert re.search(rf"^ +{name} ", conf, re.MULTILINE), name
    locations = dict(re.findall(r"location ([^{]+) \{(.*?)\n        \}", conf, re.DOTALL))
    assert "limit_req" in locations["/"]
    assert not any("limit" in block for at, block in locations.items() if "twilio" in at)


def test_nginx_lets_no_client_write_what_it_says_of_clients():
    conf = text("nginx.conf")
    named = r"^ +proxy_set_header ([\w-]+) "
    locations = dict(re.findall(r"location ([^{]+) \{(.*?)\n        \}", conf, re.DOTALL))
    everywhere = set(re.findall(named, conf.partition("server {")[0], re.MULTILINE))
    assert {"Host", "X-Real-IP", "X-Forwarded-For", "X-Voicex-Try-Next"} <= everywhere
    own = {at: set(re.findall(named, block, re.MULTILINE)) for at, block in locations.items()}
    # With one of its own a location inherits none (nginx.org, proxy_set_header).
    assert {
        at: everywhere - names for at, names in own.items() if names and everywhere - names
    } == {}
    assert "/live/" in own


def test_nginx_takes_the_files_and_waits_for_the_documents_that_pages_promise(settings):
    conf = text("nginx.conf")
    [block] = re.findall(r"location / \{(.*?)\n        \}", conf, re.DOTALL)
    [size] = re.findall(r"client_max_body_size (\d+);", block)
    assert int(size) == settings.DATA_UPLOAD_MAX_MEMORY_SIZE
    assert max(PDF_BYTES, sound.MAX_BYTES) + 100_000 < int(size)  # the form around a file
    assert "client_max_body_size 1m;" in conf.replace(block, "")  # everywhere else
    [seconds] = re.findall(r"proxy_read_timeout (\d+)s;", block)
    assert int(seconds) > printing.WAIT_SECONDS + printing.SECONDS
    assert drawing.CPU_SECONDS < printing.SECONDS


def section(heading: str) -> str:
    page = (ROOT / "docs" / "deployment.md").read_text()
    return page.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]


def test_the_page_says_of_every_volume_whether_it_is_backed_up():
    backups = section("Backups")
    volumes = yaml.safe_load(text("compose.yaml"))["volumes"]
    assert {name for name in volumes if f"`{name}`" not in backups} == set()
    assert "tar --create --directory /app/var recordings" in backups
    assert "--entrypoint tar web --extract --directory /app/var" in backups


def test_a_dump_is_restored_into_an_empty_database_with_the_roles_rights(services):
    commands = section("Backups").partition("dropdb")[2]
    made, roles, restored = (commands.find(name) for name in ("createdb", ".sql", "pg_restore"))
    assert 0 < made < roles < restored
    assert "--clean" not in commands  # fails where a newer release has made a table that refers
    [script] = re.findall(r"--file (/\S+)", commands)
    assert f"./roles.sql:{script}:ro" in services["postgres"]["volumes"]


def test_the_page_asks_for_addresses_at_which_nginx_reaches_the_media_processes(services):
    project = yaml.safe_load(text("compose.yaml"))["name"]
    [network] = re.findall(rf'Networks "{project}_(\w+)"', section("Draining"))
    assert network in {*services["nginx"]["networks"]} & {*services["media"]["networks"]}


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
