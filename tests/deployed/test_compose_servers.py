"""The database's roles and Redis' password, as compose makes them, on real servers."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
import redis
import yaml

from testing.services.servers import ROOT, PostgreSQL, free_port, missing, program, wait_until

pytestmark = [
    pytest.mark.services,
    pytest.mark.skipif(bool(missing()), reason=f"not installed: {missing()}"),
]
PASSWORDS = {"VOICEX_OWNER_PASSWORD": "0wner'of;all", "VOICEX_APP_PASSWORD": "app-9f"}


@pytest.fixture(scope="module")
def database() -> Iterator[PostgreSQL]:
    """A migrated database, with the roles of docker/roles.sql, made twice."""
    with PostgreSQL() as server:
        for _ in range(2):
            subprocess.run(
                [program("psql"), server.admin_url, "--file", str(ROOT / "docker" / "roles.sql")],
                env={**os.environ, **PASSWORDS},
                check=True,
                capture_output=True,
            )
        subprocess.run(
            [sys.executable, "manage.py", "migrate", "-v0"],
            cwd=ROOT,
            env={**os.environ, "DATABASE_URL": as_role(server, "voicex_owner")},
            check=True,
        )
        yield server


def as_role(server: PostgreSQL, role: str) -> str:
    return server.admin_url.replace("//postgres@", f"//{role}@")


def test_no_role_of_the_service_is_more_than_it_needs(database):
    with psycopg.connect(database.admin_url) as connection:
        rows = connection.execute(
            "SELECT rolname, rolsuper, rolcreatedb, rolcreaterole, rolbypassrls, rolreplication"
            " FROM pg_roles WHERE rolname LIKE 'voicex\\_%'"
        ).fetchall()
    assert {row[0] for row in rows} == {"voicex_owner", "voicex_app", "voicex_words"}
    assert not any(any(row[1:]) for row in rows)


def test_the_serving_role_writes_rows_and_no_tables(database):
    with psycopg.connect(as_role(database, "voicex_app"), autocommit=True) as connection:
        connection.execute(
            "INSERT INTO django_session VALUES ('key', 'data', now()) ON CONFLICT DO NOTHING"
        )
        connection.execute("DELETE FROM django_session")
        for statement in (
            "CREATE TABLE mine (a int)",
            "DROP TABLE django_session",
            "TRUNCATE django_session",
            "ALTER TABLE django_session DISABLE TRIGGER ALL",
            "ALTER ROLE voicex_app SUPERUSER",
            "SET ROLE voicex_owner",
            "COPY django_session TO PROGRAM 'true'",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(statement)


def test_the_passwords_are_those_of_the_environment(database):
    with psycopg.connect(database.admin_url) as connection:
        stored = dict(
            connection.execute(
                "SELECT rolname, rolpassword FROM pg_authid WHERE rolname LIKE 'voicex\\_%'"
            ).fetchall()
        )
    assert stored.pop("voicex_words") is None  # nobody logs in as it
    assert all(text.startswith("SCRAM-SHA-256$") for text in stored.values())


def test_the_role_of_the_word_index_sees_keys_of_calls_and_the_serving_role_no_more(database):
    with psycopg.connect(as_role(database, "voicex_app"), autocommit=True) as connection:
        policies = connection.execute(
            "SELECT tablename, cmd FROM pg_policies WHERE 'voicex_words' = ANY (roles)"
        ).fetchall()
        assert policies == [("usage_turn", "SELECT")]
        plan = "EXPLAIN SELECT call_id FROM usage_turn WHERE words @@ to_tsquery('a')"
        assert "Seq Scan" in str(connection.execute(plan).fetchall())
        connection.execute("SET ROLE voicex_words")
        connection.execute("SET enable_seqscan = off")
        assert "turns_by_word" in str(connection.execute(plan).fetchall())
        for statement in ("SELECT text FROM usage_turn", "SELECT id FROM usage_call"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(statement)


def test_until_migrations_allow_the_index_of_words_it_is_not_used_and_they_wait_for_no_reader(
    database,
):
    search = "from usage.reads.word_index import calls_with; print(calls_with('rare', limit=5))"
    with (
        psycopg.connect(database.admin_url, autocommit=True) as admin,
        psycopg.connect(database.admin_url) as reader,
    ):
        admin.execute("REVOKE SELECT (call_id, words) ON usage_turn FROM voicex_words")
        assert manage(database, "voicex_app", "shell", "-v0", "-c", search) == "None"
        reader.execute("SELECT count(*) FROM usage_turn")  # its transaction stays open
        manage(database, "voicex_owner", "migrate", "-v0")
        assert manage(database, "voicex_app", "shell", "-v0", "-c", search) == "set()"


def manage(database: PostgreSQL, role: str, *arguments: str) -> str:
    """What a command prints, as that role, which waits for no lock for long."""
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=ROOT,
        env={
            **os.environ,
            "DATABASE_URL": as_role(database, role),
            "PGOPTIONS": "-c lock_timeout=2s",
        },
        check=True,
        capture_output=True,
        text=True,
    ).stdout.strip()


def test_redis_answers_only_who_has_the_password(tmp_path: Path):
    service = yaml.safe_load((ROOT / "docker" / "compose.yaml").read_text())["services"]["redis"]
    [command] = service["command"]
    port = free_port()
    # Compose writes a dollar as two; the rest is what the container runs.
    command = command.replace("$$", "$").replace("--dir /tmp", f"--dir {tmp_path}")
    process = subprocess.Popen(
        [*service["entrypoint"], f"{command} --port {port} --bind 127.0.0.1"],
        env={**os.environ, "REDIS_PASSWORD": "s3cret"},
        stdout=subprocess.DEVNULL,
    )
    try:
        with redis.Redis(port=port, password="s3cret") as known, redis.Redis(port=port) as unknown:
            wait_until(lambda: answers(known), "redis answers")
            with pytest.raises(redis.AuthenticationError):
                unknown.ping()
        arguments = Path(f"/proc/{process.pid}/cmdline").read_bytes()
        assert b"redis-server" in arguments
        assert b"s3cret" not in arguments
    finally:
        process.terminate()
        process.wait(30)


def answers(client: redis.Redis) -> bool:
    try:
        return bool(client.ping())
    except redis.ConnectionError:
        return False
