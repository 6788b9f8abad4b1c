"""init.sh with Docker, as far as it goes without a daemon: prerequisites, .env, the order of things, what it refuses.

A copy of the scripts runs, with a stand-in for docker first in PATH; the real engine is in ../containers.
"""

import os
import re
import shutil
import stat
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

from harness.places import ROOT
from harness.settings import settings
from harness.small_servers import Airflow, http_server
from harness.waiting import free_port

PORTS = ["API_PORT", "AIRFLOW_PORT", "POSTGRES_PORT"]
PORTS += ["PROMETHEUS_PORT", "PUSHGATEWAY_PORT", "ALERTMANAGER_PORT", "GRAFANA_PORT"]


@pytest.fixture(scope="session")
def programs(tmp_path_factory):
    """A folder with this machine's programs, but no docker of any kind."""
    folder = tmp_path_factory.mktemp("programs")
    for place in os.environ["PATH"].split(os.pathsep):
        for program in Path(place).glob("*") if Path(place).is_dir() else []:
            link = folder / program.name
            if not program.name.startswith("docker") and not link.is_symlink():
                link.symlink_to(program)
    return folder


@dataclass
class Checkout:
    """A copy of what init.sh needs, and the state of its stand-in for docker."""

    folder: Path
    state: Path
    path: str

    @property
    def env_file(self):
        return self.folder / ".env"

    def init(self, *arguments, docker="ok", compose="2.30.1", stdin=subprocess.DEVNULL, **environment):
        """Runs init.sh to its end; with `docker=None` there is none."""
        path = self.path if docker is None else f"{self.folder / 'fake'}:{self.path}"
        base = {"PATH": path, "HOME": os.environ.get("HOME", "/"), "LC_ALL": "C", "STACK_SECONDS": "20"}
        fakes = {"FAKE_DOCKER": docker or "", "FAKE_COMPOSE": compose, "FAKE_STATE": str(self.state)}
        command = ["bash", str(self.folder / "init.sh"), *arguments]
        options = {"stdin": stdin, "capture_output": True, "text": True, "timeout": 120}
        return subprocess.run(command, env=base | fakes | environment, **options)

    def calls(self):
        path = self.state / "calls"
        return path.read_text().splitlines() if path.exists() else []

    def has(self, name, *lines):
        (self.state / name).write_text("".join(f"{line}\n" for line in lines))


@pytest.fixture
def checkout(tmp_path, programs):
    folder = tmp_path / "checkout"
    folder.mkdir()
    for name in ["init.sh", ".env.example", "Cargo.toml"]:
        shutil.copy(ROOT / name, folder)
    shutil.copytree(ROOT / "scripts", folder / "scripts")
    (folder / "fake").mkdir()
    (folder / "fake/docker").symlink_to(Path(__file__).with_name("fake_docker.sh"))
    state = tmp_path / "state"
    state.mkdir()
    return Checkout(folder, state, str(programs))


@pytest.fixture
def ports():
    """Ports nobody has, by the variables that choose them."""
    return {name: str(free_port()) for name in PORTS}


def only_error(ended):
    """The one line in which a refusal is told."""
    assert ended.returncode == 1, ended.stdout + ended.stderr
    (line,) = [line for line in ended.stderr.splitlines() if line and not line.startswith("notice: ")]
    assert line.startswith("error: ")
    return line


def refusals(checkout, ports, **options):
    return only_error(checkout.init("--docker", **ports, **options))


def test_a_missing_docker_is_told_in_one_line_with_the_remedy(checkout, ports):
    line = refusals(checkout, ports, docker=None)
    assert "docker is not installed" in line and "https://docs.docker.com" in line and "--local" in line


def test_a_dead_daemon_is_told_in_one_line_with_the_remedy(checkout, ports):
    line = refusals(checkout, ports, docker="dead")
    assert "daemon does not answer" in line and "systemctl start docker" in line


def test_a_daemon_that_refuses_the_user_is_told_and_nothing_is_compiled_instead(checkout, ports):
    line = only_error(checkout.init(docker="denied", **ports))
    assert "refuses this user" in line and "usermod -aG docker" in line and "--local" in line


@pytest.mark.parametrize("version", ["2.22.0", "v2.9.1", "1.29.2"])
def test_an_old_compose_is_told_in_one_line_with_the_remedy(checkout, ports, version):
    line = refusals(checkout, ports, compose=version)
    assert version in line and "2.23" in line and "docker-compose-plugin" in line


@pytest.mark.parametrize("version", ["2.23.0", "2.26.1-4", "v2.40.3", "5.0.1"])
def test_a_newer_compose_is_taken(checkout, ports, version):
    ended = checkout.init("--docker", compose=version, **ports | {"API_PORT": "x"})
    assert "API_PORT=x is no port number" in only_error(ended)


def test_a_missing_compose_is_told_in_one_line_with_the_remedy(checkout, ports):
    assert "Docker Compose is not installed" in refusals(checkout, ports, compose="")


def test_the_settings_are_written_once_for_their_owner_only(checkout, ports):
    # The first stop after the settings are written.
    wrong = ports | {"API_PORT": "0"}
    first = checkout.init("--docker", **wrong, DATASET="sample:100k")
    assert "is no port number" in first.stderr
    written = checkout.env_file.read_text()
    assert stat.S_IMODE(checkout.env_file.stat().st_mode) == 0o600
    assert list(checkout.folder.glob(".env.*")) == [checkout.folder / ".env.example"]

    checkout.init("--docker", **wrong, DATASET="sample:1m")
    assert checkout.env_file.read_text() == written
    assert settings(checkout.env_file)["DATASET"] == "sample:100k"


def test_every_secret_is_random_and_every_other_setting_is_the_examples(checkout, ports):
    checkout.init("--docker", **ports | {"API_PORT": "0"})
    example, written = settings(checkout.folder / ".env.example"), settings(checkout.env_file)
    assert list(written) == list(example)
    secrets = {name for name in example if re.search("_(PASSWORD|SECRET|KEY)$", name)}
    assert len(secrets) >= 11 and len({written[name] for name in secrets}) == len(secrets)
    for name in secrets - {"AIRFLOW_FERNET_KEY"}:
        assert re.fullmatch("[0-9a-f]{32,}", written[name]), f"{name} would need quotes in an address"
    assert len(written["AIRFLOW_JWT_SECRET"]) == 128
    assert re.fullmatch("[A-Za-z0-9_-]{43}=", written["AIRFLOW_FERNET_KEY"])
    others = set(example) - secrets - set(PORTS) - {"DOCKER_SOCKET", "DOCKER_GID"}
    assert {name: written[name] for name in others} == {name: example[name] for name in others}


def test_what_a_newer_example_has_is_added_and_the_rest_stays(checkout, ports):
    checkout.env_file.write_text("# mine\nAPI_PORT=0\nPOSTGRES_PASSWORD=kept")
    ended = checkout.init("--docker", **{name: port for name, port in ports.items() if name != "API_PORT"})
    assert checkout.env_file.read_text().startswith("# mine\nAPI_PORT=0\nPOSTGRES_PASSWORD=kept\n")
    assert set(settings(checkout.env_file)) == set(settings(checkout.folder / ".env.example"))
    (notice,) = [line for line in ended.stdout.splitlines() if "what it lacked" in line]
    assert "GRAFANA_ADMIN_PASSWORD" in notice and "POSTGRES_PASSWORD" not in notice
    assert stat.S_IMODE(checkout.env_file.stat().st_mode) == 0o600


def test_databases_of_a_lost_env_file_are_not_met_with_new_passwords(checkout, ports):
    checkout.has("volumes", "cinelake_postgres")
    line = refusals(checkout, ports)
    assert "cinelake_postgres" in line and "down --volumes" in line
    assert not checkout.env_file.exists()


@pytest.mark.parametrize("mode", ["--docker", "--local"])
def test_down_with_volumes_refuses_without_a_terminal(checkout, mode):
    checkout.has("containers", "api|cinelake-api-1|running|Up|")
    checkout.has("volumes", "cinelake_lake", "cinelake_postgres", "somebody_elses")
    table = checkout.folder / "lakehouse/bronze"
    table.mkdir(parents=True)
    ended = checkout.init(mode, "down", "--volumes")
    assert "--yes" in only_error(ended) and "somebody_elses" not in ended.stdout
    assert not [call for call in checkout.calls() if re.search(r"stop|down|\brm\b", call)]
    assert table.exists()


def test_down_with_volumes_and_yes_removes_ours_alone(checkout):
    checkout.has("containers", "api|cinelake-api-1|running|Up|")
    checkout.has("volumes", "cinelake_lake", "somebody_elses")
    checkout.env_file.write_text("API_PORT=8000\n")
    ended = checkout.init("down", "--volumes", "--yes")
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert "volume rm cinelake_lake" in checkout.calls()


def test_down_keeps_the_data(checkout):
    checkout.has("containers", "api|cinelake-api-1|running|Up|")
    checkout.has("volumes", "cinelake_lake")
    checkout.env_file.write_text("API_PORT=8000\n")
    assert checkout.init("down").returncode == 0
    assert not [call for call in checkout.calls() if "--volumes" in call or call.startswith("volume rm")]
    assert not (checkout.state / "containers").exists()


def test_volumes_belong_to_down_and_words_it_does_not_know_are_refused(checkout):
    wrong = [["--volumes"], ["status", "--yes"], ["up"], ["status", "down"], ["--local", "--docker"]]
    store = [["status", "--lake", "s3"], ["--lake"], ["--lake", "hdfs"]]
    for arguments in [*wrong, *store, ["status", "--monitoring"]]:
        assert checkout.init(*arguments).returncode == 2


def test_the_whole_way_builds_starts_unpauses_triggers_and_follows(checkout, ports):
    airflow = Airflow()
    data = checkout.folder / "own.zip"
    data.write_bytes(b"zip")
    with http_server(airflow.routes(), int(ports["AIRFLOW_PORT"])):
        passwords = {"AIRFLOW_ADMIN_PASSWORD": airflow.PASSWORD}
        ended = checkout.init(DATASET=str(data), **ports, **passwords)
        assert ended.returncode == 0, ended.stdout + ended.stderr
        again = checkout.init(**ports, **passwords)
    calls = checkout.calls()
    (build,) = [
        call for call in calls[: calls.index("compose up --detach --remove-orphans")] if call.endswith(" build")
    ]
    assert "--profile tasks" in build and "--profile monitoring" in build
    assert airflow.unpaused[:3] == airflow.dags()
    # The file of this machine is where the steps can read it, by the name that they are told.
    assert (checkout.state / "copied").read_text().split()[-1] == "incoming/own.zip"
    assert "10001" in (checkout.state / "copied").read_text()
    assert airflow.conf == {"dataset": "/lake/incoming/own.zip"}
    assert re.search(r"ok +ingest +2 s  bronze/ratings 100,836", ended.stdout)
    assert f"http://127.0.0.1:{ports['API_PORT']}" in ended.stdout and "AIRFLOW_ADMIN_PASSWORD in" in ended.stdout
    assert airflow.PASSWORD not in ended.stdout + ended.stderr
    assert again.returncode == 0, again.stdout + again.stderr


def test_a_run_under_way_is_followed_and_nothing_is_built_beneath_it(checkout, ports):
    airflow = Airflow(active="scheduled__7")
    checkout.has("containers", "api|a|running|Up (healthy)|", "migrate|m|exited|Exited (0) 1 hour ago|")
    with http_server(airflow.routes(), int(ports["AIRFLOW_PORT"])):
        ended = checkout.init(DATASET="sample", AIRFLOW_ADMIN_PASSWORD=airflow.PASSWORD, **ports)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert "scheduled__7" in ended.stdout and airflow.conf is None
    assert not [call for call in checkout.calls() if call.startswith("compose") and ("build" in call or "up" in call)]


def test_a_failed_run_tells_the_step_and_the_reason(checkout, ports):
    airflow = Airflow(tasks=[("ingest", "success"), ("publish", "failed")], state="failed")
    with http_server(airflow.routes(), int(ports["AIRFLOW_PORT"])):
        ended = checkout.init(DATASET="sample", AIRFLOW_ADMIN_PASSWORD=airflow.PASSWORD, **ports)
    assert ended.returncode == 1
    assert re.search(r"FAIL +publish +2 s  the disk is full", ended.stdout)
    assert "Cinelake is running" not in ended.stdout


def test_a_service_that_does_not_start_shows_its_last_words_and_the_remedy(checkout, ports):
    migrate = "migrate|cinelake-migrate-1|exited|Exited (1) 2 seconds ago|"
    ended = checkout.init(DATASET="sample", FAKE_MIGRATE=migrate, FAKE_UP="1", **ports)
    assert ended.returncode == 1
    assert "the last words of cinelake-migrate-1" in ended.stderr
    assert "remedy: the database must be of this version" in ended.stderr
    assert "api is not well" not in ended.stderr


def test_a_data_set_that_could_not_be_copied_is_copied_by_the_next_call(checkout, ports):
    data = checkout.folder / "own.zip"
    data.write_bytes(b"zip")
    assert checkout.init(DATASET=str(data), FAKE_UP="1", **ports).returncode == 1
    assert not (checkout.state / "copied").exists()
    airflow = Airflow()
    with http_server(airflow.routes(), int(ports["AIRFLOW_PORT"])):
        ended = checkout.init(AIRFLOW_ADMIN_PASSWORD=airflow.PASSWORD, **ports)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert "incoming/own.zip" in (checkout.state / "copied").read_text()


def test_a_wrong_password_of_airflow_is_told_with_the_remedy(checkout, ports):
    with http_server(Airflow().routes(), int(ports["AIRFLOW_PORT"])):
        ended = checkout.init(DATASET="sample", AIRFLOW_ADMIN_PASSWORD="another", **ports)
    assert ended.returncode == 1 and "AIRFLOW_ADMIN_PASSWORD must be" in ended.stderr


def test_the_status_fails_when_a_service_is_down(checkout):
    checkout.has("containers", "api|a|running|Up 2 minutes (unhealthy)|127.0.0.1:8000->8000/tcp")
    ended = checkout.init("status")
    assert ended.returncode == 1
    assert re.search(r"api +failed +Up 2 minutes \(unhealthy\) +127.0.0.1:8000", ended.stdout)
    assert re.search(r"migrate +down", ended.stdout)
