"""Production on one host, as far as a machine without a container engine can tell: files read by the real programs."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.conf import settings

from config.settings.personal_keys import keys_of as personal_keys_of
from config.settings.plate_keys import keys_of
from stack import demo, postgres
from stack.paths import ROOT

BIN = Path(sys.executable).parent
SCRIPTS = sorted((ROOT / "deploy").rglob("*.sh"))
OURS = ("web", "beat", "pulse", "migrate", *(f"worker-{queue}" for queue in demo.QUEUES))


def run(*argv, **environ):
    env = {"PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}", "HOME": os.environ.get("HOME", "/"), **environ}
    return subprocess.run(argv, cwd=ROOT, env=env, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def compose():
    """docker-compose.yml as Compose itself understands it."""
    answer = run("docker-compose", "--profile", "*", "config", "--format", "json", SITE_HOST="elevator.example")
    assert answer.returncode == 0, answer.stderr
    return json.loads(answer.stdout)


@pytest.fixture(scope="module")
def programs():
    """What the demo starts: name → command line from the module or manage.py on."""
    started = {}

    def start(*programs):
        for program in programs:
            argv = [word.replace(f"{ROOT}/", "") for word in program.argv[1:]]
            started[program.name] = ["python", *argv]

    demo.start_platform(SimpleNamespace(start=start), {}, demo.Wishes.read({"HOST": "0.0.0.0"}))
    return started


def dockerfile_command():
    text = (ROOT / "Dockerfile").read_text(encoding="utf-8").replace("\\\n", "")
    return json.loads(re.findall(r"^CMD (\[.*\])$", text, re.MULTILINE)[-1])


def test_compose_wants_a_host_name():
    answer = run("docker-compose", "config", "--quiet")
    assert (answer.returncode != 0, "SITE_HOST" in answer.stderr) == (True, True)


def test_every_process_of_the_demo_is_a_service_with_the_same_command(compose, programs):
    found = {name: compose["services"][name].get("command") or dockerfile_command() for name in programs}
    programs["beat"] = [word.replace("var/beat-schedule", "/tmp/beat-schedule") for word in programs["beat"]]
    assert found == programs


def test_every_queue_that_work_is_sent_to_has_a_worker(compose):
    served = {
        service["command"][service["command"].index("-Q") + 1]
        for name, service in compose["services"].items()
        if name.startswith("worker-")
    }
    sent = {settings.CELERY_TASK_DEFAULT_QUEUE}
    for app in ("common", "accounts", "registry", "portal"):
        for file in (ROOT / app).rglob("*.py"):
            sent |= set(re.findall(r"queue=\"(\w+)\"", file.read_text(encoding="utf-8")))
    assert sent <= served
    assert served == set(demo.QUEUES)


def environment_of(compose, name, folder):
    """A service's environment with its secret files where this machine can read them."""
    service = compose["services"][name]
    mounted = {secret["source"] for secret in service["secrets"]}
    environ = {}
    for variable, value in service["environment"].items():
        if value and value.startswith("/run/secrets/"):
            assert Path(value).name in mounted, f"{name} reads {value}, which it is not given"
            value = str(folder / Path(value).name)
        environ[variable] = value
    return environ


@pytest.fixture(scope="module")
def secrets_folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("production") / "secrets"
    assert run("sh", "deploy/make-secrets.sh", str(folder)).returncode == 0
    return folder


def test_production_starts_and_is_clean_on_what_compose_gives_and_nothing_else(compose, secrets_folder):
    environ = environment_of(compose, "migrate", secrets_folder)
    answer = run(sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING", **environ)
    assert (answer.returncode, "no issues" in answer.stdout) == (0, True), answer.stderr


def test_all_of_ours_have_the_same_environment_and_only_migrations_the_owners_password(compose, secrets_folder):
    environments = {name: environment_of(compose, name, secrets_folder) for name in OURS}
    more = environments.pop("migrate").items() - environments["web"].items()
    assert {name for name, _ in more} == {"DATABASE_OWNER_URL", "DATABASE_OWNER_PASSWORD_FILE"}
    assert all(environ == environments["web"] for environ in environments.values())


def test_every_variable_is_one_that_the_settings_read(compose):
    read = "".join(file.read_text(encoding="utf-8") for file in (ROOT / "config" / "settings").glob("*.py"))
    names = {name for service in OURS for name in compose["services"][service]["environment"]}
    unknown = {name for name in names if name.removesuffix("_FILE") not in read and name not in read}
    assert unknown == {"DJANGO_SETTINGS_MODULE"}


def test_every_variable_that_the_settings_read_is_in_the_operators_manual():
    text = (ROOT / "docs/operations.md").read_text(encoding="utf-8")
    sources = "".join(
        p.read_text(encoding="utf-8") for p in (ROOT / "config/settings").glob("*.py") if p.stem != "test"
    )
    read = set(re.findall(r"""env(?:\.\w+)?\(\s*"([A-Z_]+)\"""", sources)) - {"DEBUG"}  # production refuses that one
    assert len(read) > 20
    assert sorted(name for name in read if f"`{name}" not in text and f", {name}`" not in text) == []


def test_a_restore_is_started_by_hand_and_writes_what_the_backup_only_reads(compose):
    restore, backup = compose["services"]["restore"], compose["services"]["backup"]
    assert restore["profiles"] == ["restore"]
    reads = {each["target"]: bool(each.get("read_only")) for each in restore["volumes"]}
    writes = {each["target"]: not each.get("read_only") for each in backup["volumes"]}
    assert reads == writes == {"/srv/files": False, "/backups": True}


def test_secrets_are_made_once_closed_and_different(secrets_folder):
    before = {file.name: file.read_text(encoding="utf-8") for file in secrets_folder.iterdir()}
    run("sh", "deploy/make-secrets.sh", str(secrets_folder))
    assert before == {file.name: file.read_text(encoding="utf-8") for file in secrets_folder.iterdir()}
    assert secrets_folder.stat().st_mode & 0o077 == 0
    made = [text.strip().removeprefix("01:") for text in before.values() if text]
    assert (len(made), len(set(made)), {len(text) for text in made}) == (8, 8, {64})
    assert list(keys_of(before["plate_keys"])) == ["01"]
    assert list(personal_keys_of(before["personal_data_keys"])) == [1]


def test_only_the_proxy_can_be_reached(compose):
    assert {name for name, service in compose["services"].items() if service.get("ports")} == {"proxy"}
    open_networks = {name for name, network in compose["networks"].items() if not network.get("internal")}
    reached = {name for name, service in compose["services"].items() if open_networks & set(service["networks"])}
    assert reached == {"proxy"}
    assert "back" not in compose["services"]["proxy"]["networks"]


def test_no_secret_has_a_value_in_the_file(compose):
    assert all(set(secret) == {"name", "file"} for secret in compose["secrets"].values())
    values = [v for service in compose["services"].values() for v in (service.get("environment") or {}).values()]
    assert not [value for value in values if value and re.search(r"://[^/@]*:[^/@]*@", value)]
    named = {n for s in compose["services"].values() for n in s.get("environment") or {} if "PASSWORD" in n}
    assert all(name.endswith("_FILE") for name in named)


def test_every_service_is_limited_restarted_and_does_not_fill_the_disk_with_its_log(compose):
    for name, service in compose["services"].items():
        assert service["mem_limit"], name
        assert service["cpus"], name
        assert service["restart"] == ("no" if name in ("migrate", "restore") else "unless-stopped"), name
        assert set(service["logging"]["options"]) == {"max-size", "max-file"}, name
        assert service["security_opt"] == ["no-new-privileges:true"], name


@pytest.mark.parametrize("name", [*OURS, "proxy", "backup", "restore"])
def test_what_we_build_cannot_write_its_own_programs(compose, name):
    assert (compose["services"][name]["read_only"], compose["services"][name]["cap_drop"]) == (True, ["ALL"])


def test_images_are_named_without_a_host_and_run_as_nobody_in_particular(compose):
    text = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    images = re.findall(r"^FROM (\S+)", text, re.MULTILINE) + [s["image"] for s in compose["services"].values()]
    assert not [image for image in images if "/" in image]
    last = text.rpartition("\nFROM ")[2]
    assert "\nUSER 10001:10001\n" in last
    assert "--require-hashes" in text
    assert "HEALTHCHECK" in last


def test_the_image_gets_neither_secrets_nor_data():
    ignored = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    assert {"secrets", "var", ".env", ".git", ".venv"} <= set(ignored)


def test_the_database_of_production_is_made_like_the_demos(compose):
    passwords = postgres.Passwords(owner="OWNER", app="APP")
    roles = postgres.role_sql(postgres.DATABASE, postgres.OWNER_ROLE, postgres.APP_ROLE, passwords)
    expected = [*roles, *postgres.schema_sql(postgres.OWNER_ROLE, postgres.APP_ROLE)]
    expected.insert(4, f"ALTER DATABASE {postgres.DATABASE} OWNER TO {postgres.OWNER_ROLE}")
    text = (ROOT / "deploy/postgres/bootstrap.sql").read_text(encoding="utf-8")
    text = text.replace(":'owner_password'", "'OWNER'").replace(":'app_password'", "'APP'")
    assert [line.removesuffix(";") for line in text.splitlines() if not line.startswith("--")] == expected
    made_with = compose["services"]["postgres"]["environment"]["POSTGRES_INITDB_ARGS"].split()
    assert {"--encoding=UTF8", "--locale=C.UTF-8", "--data-checksums"} <= set(made_with)


def test_the_server_logs_no_values(compose):
    given = dict(word.removeprefix("-c").split("=", 1) for word in compose["services"]["postgres"]["command"][1:])
    wanted = postgres.server_options(postgres.find_programs(), durable=True)
    for name in (*(name for name in wanted if name.startswith("log_")), "max_connections", "jit", "timezone"):
        assert given[name] == wanted[name], name


def test_the_proxy_has_the_limits_of_the_settings(compose):
    text = (ROOT / "deploy/proxy/Caddyfile").read_text(encoding="utf-8")
    assert [int(n) for n in re.findall(r"max_size (\d+)", text)] == [
        settings.UPLOAD_MAX_SIZE,
        settings.DATA_UPLOAD_MAX_MEMORY_SIZE,
    ]
    assert re.findall(r"@\w+ (?:not )?path (.*)", text) == [" ".join(settings.UPLOAD_PATHS)] * 2
    assert "flush_interval -1" in text
    assert "encode" not in text
    assert "protocols h1 h2\n" in text  # only TCP is published
    assert compose["services"]["web"]["environment"]["TRUSTED_PROXIES"] == "1"


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_scripts_are_plain_posix_shell(script):
    assert run("sh", "-n", str(script)).returncode == 0
    answer = run("shellcheck", "--shell=sh", str(script))
    assert answer.returncode == 0, answer.stdout
