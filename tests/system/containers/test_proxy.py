"""What Airflow may ask of Docker through docker/proxy/haproxy.cfg, and what it may not.

Needs haproxy, docker-py and an engine: DOCKER_HOST=unix:///path/docker.sock, with CINELAKE_TEST_BASE (default
debian:bookworm-slim) as an image that has a shell.
"""

from __future__ import annotations

import http.client
import json
import os
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import docker
import pytest
from docker.errors import APIError
from docker.types import LogConfig, Mount

from harness.needs import needed
from harness.places import ROOT
from harness.waiting import free_port, until_ready

CONFIG = ROOT / "docker/proxy/haproxy.cfg"
BASE = os.environ.get("CINELAKE_TEST_BASE", "debian:bookworm-slim")
ENGINE = os.environ.get("DOCKER_HOST", "")

# Names of this test's own, so that the engine may be one with a life of its own.
PREFIX = "proxy-test.local/films"
STEP = f"{PREFIX}/ingest:test"
OTHERS = f"{PREFIX}/api:test"
NETWORK = "proxy-test-data"
VOLUME = "proxy-test-lake"
VERSION = "v1.41"


@pytest.fixture(scope="module")
def engine() -> Iterator[docker.APIClient]:
    """The engine itself, with a step's image, a network and a volume."""
    if not ENGINE.startswith("unix://"):
        pytest.skip("DOCKER_HOST names no engine by its socket")
    needed("haproxy", "haproxy")
    client = docker.APIClient(base_url=ENGINE, version="auto", timeout=60)
    for image in (STEP, OTHERS):
        repository, tag = image.rsplit(":", 1)
        client.tag(BASE, repository, tag)
    network = client.create_network(NETWORK)
    yield client
    for container in client.containers(all=True, filters={"label": "cinelake.test=proxy"}):
        client.remove_container(container["Id"], force=True, v=True)
    client.remove_network(network["Id"])
    client.remove_volume(VOLUME, force=True)
    for image in (STEP, OTHERS):
        client.remove_image(image)


@contextmanager
def running_proxy(log: Path) -> Iterator[int]:
    """haproxy before the engine; gives its port."""
    port = free_port()
    environment = {
        "PATH": os.environ["PATH"],
        "DOCKER_PROXY_LISTEN": f"127.0.0.1:{port}",
        "DOCKER_PROXY_ENGINE": "unix@" + ENGINE.removeprefix("unix://"),
        "CINELAKE_IMAGES": PREFIX,
        "CINELAKE_LAKE_VOLUME": VOLUME,
        "CINELAKE_NETWORK": NETWORK,
    }
    with log.open("w") as output:
        command = [needed("haproxy", "haproxy"), "-db", "-f", CONFIG]
        process = subprocess.Popen(command, env=environment, stdout=output, stderr=output)
        try:
            until_ready(process, lambda: accepts(port), f"haproxy (see {log})")
            yield port
        finally:
            process.kill()
            process.wait()


def accepts(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True


@pytest.fixture(scope="module")
def proxy(engine: docker.APIClient, tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    with running_proxy(tmp_path_factory.mktemp("proxy") / "haproxy.log") as port:
        yield port


@pytest.fixture(scope="module")
def client(proxy: int) -> docker.APIClient:
    return docker.APIClient(base_url=f"tcp://127.0.0.1:{proxy}", version="auto", timeout=60)


def lake() -> Mount:
    return Mount("/lake", VOLUME, type="volume")


def create(client: docker.APIClient, *command: str, image: str = STEP, **changes: object) -> str:
    """As DockerOperator does it; `changes` are arguments of the host configuration."""
    settings = {
        "auto_remove": False,
        "mounts": [lake()],
        "network_mode": NETWORK,
        "cpu_shares": 1024,
        "port_bindings": {},
        "mem_limit": "64m",
        "privileged": False,
        "ulimits": [],
        "log_config": LogConfig(config={}),
    }
    return client.create_container(
        command=list(command),
        environment={"RUN_ID": "x", "NOTE": 'é {"Binds": ["/:/host"], "Privileged": true}'},
        ports=[],
        host_config=client.create_host_config(**(settings | changes)),
        image=image,
        labels={"cinelake.test": "proxy", "cinelake.step": "ingest"},
    )["Id"]


def send(port: int, method: str, path: str, body: bytes | None = None, **headers: str) -> tuple[int, str]:
    """A call as it is written here: no client cleans its path or its body."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    connection.putrequest(method, path, skip_accept_encoding=True)
    if body is not None:
        headers = {"Content-Type": "application/json", "Content-Length": str(len(body))} | headers
    for name, value in headers.items():
        connection.putheader(name.replace("_", "-"), value)
    connection.endheaders(body)
    answer = connection.getresponse()
    text = answer.read().decode()
    connection.close()
    return answer.status, text


def request(**changes: object) -> dict[str, object]:
    """The least that may be asked."""
    host = {"NetworkMode": NETWORK} | changes.pop("HostConfig", {})
    return {"Image": STEP, "Cmd": ["true"], "Labels": {"cinelake.test": "proxy"}, "HostConfig": host} | changes


def renamed(name: str, value: str) -> str:
    """A setting of the host by a name that is written in this way."""
    return json.dumps(request(HostConfig={"Mounts": []})).replace('"Mounts": []', f"{name}: {value}")


def ask(port: int, body: dict[str, object] | str, path: str = f"/{VERSION}/containers/create") -> tuple[int, str]:
    text = body if isinstance(body, str) else json.dumps(body)
    return send(port, "POST", path, text.encode())


def test_a_step_is_run_and_followed_to_its_end(client: docker.APIClient) -> None:
    assert client.ping()
    assert client.images(name=STEP)
    assert client.inspect_image(STEP)["Id"]
    step = create(client, "sh", "-c", "echo first; sleep 0.2; echo last; exit 3")
    output = client.attach(step, stdout=True, stderr=True, stream=True)
    client.start(step)
    assert b"".join(output).split() == [b"first", b"last"]
    assert client.wait(step)["StatusCode"] == 3
    assert client.logs(step).split() == [b"first", b"last"]
    assert client.inspect_container(step)["State"]["ExitCode"] == 3
    assert step in [c["Id"] for c in client.containers(all=True, filters={"label": "cinelake.step"})]
    client.remove_container(step, force=True)
    assert step not in [c["Id"] for c in client.containers(all=True)]


def test_output_arrives_while_the_step_runs(client: docker.APIClient) -> None:
    step = create(client, "sh", "-c", "echo first; sleep 60")
    output = client.attach(step, stdout=True, stderr=True, stream=True)
    client.start(step)
    assert next(output) == b"first\n"
    assert client.inspect_container(step)["State"]["Running"]
    client.kill(step)
    client.remove_container(step)


def test_a_step_is_stopped(client: docker.APIClient) -> None:
    step = create(client, "sh", "-c", "trap 'exit 7' TERM; echo ready; while :; do sleep 0.1; done")
    output = client.attach(step, stdout=True, stderr=True, stream=True)
    client.start(step)
    assert next(output) == b"ready\n"
    client.stop(step, timeout=20)
    assert client.wait(step)["StatusCode"] == 7
    client.remove_container(step)


def test_hardened_settings_are_allowed(client: docker.APIClient) -> None:
    step = create(
        client,
        "true",
        read_only=True,
        cap_drop=["ALL"],
        security_opt=["no-new-privileges"],
        tmpfs={"/tmp": "size=64m"},
        pids_limit=100,
        init=True,
        log_config=LogConfig(type="json-file", config={"max-size": "10m", "max-file": "3"}),
    )
    client.remove_container(step)


@pytest.mark.parametrize(
    "changes",
    [
        {"privileged": True},
        {"binds": ["/:/host"]},
        {"mounts": [Mount("/host", "/", type="bind")]},
        {"mounts": [Mount("/lake", "another-volume", type="volume")]},
        {"mounts": [lake(), Mount("/data", "cinelake_postgres", type="volume")]},
        {"mounts": [Mount("/host", VOLUME, driver_config={"Name": "local", "Options": {"o": "bind", "device": "/"}})]},
        {"network_mode": "host"},
        {"network_mode": "cinelake_docker"},
        {"network_mode": "container:0123456789ab"},
        {"pid_mode": "host"},
        {"ipc_mode": "host"},
        {"uts_mode": "host"},
        {"userns_mode": "host"},
        {"cap_add": ["SYS_ADMIN"]},
        {"devices": ["/dev/sda:/dev/sda:r"]},
        {"security_opt": ["seccomp=unconfined"]},
        {"security_opt": ["no-new-privileges", "apparmor=unconfined"]},
        {"volumes_from": ["another"]},
        {"port_bindings": {80: 8080}},
        {"cgroup_parent": "/"},
        {"ulimits": [docker.types.Ulimit(name="nofile", soft=1, hard=1)]},
        {"runtime": "another"},
        {"sysctls": {"net.ipv4.ip_forward": "1"}},
        {"restart_policy": {"Name": "always"}},
        {"extra_hosts": {"postgres": "10.0.0.1"}},
    ],
    ids=lambda changes: "-".join(f"{name}={str(value)[:30]}" for name, value in changes.items()),
)
def test_a_container_with_other_rights_is_refused(client: docker.APIClient, changes: dict[str, object]) -> None:
    with pytest.raises(APIError, match="the Docker proxy refuses") as refused:
        create(client, "true", **changes)
    assert refused.value.status_code == 403


@pytest.mark.parametrize(
    "image", [BASE, "alpine", OTHERS, f"evil/{STEP}", f"{STEP}/evil", STEP.replace(".", "x"), f"{PREFIX}/ingest2:test"]
)
def test_a_foreign_image_is_refused(client: docker.APIClient, image: str) -> None:
    with pytest.raises(APIError, match="the Docker proxy refuses"):
        create(client, "true", image=image)


def test_the_least_request_is_allowed(proxy: int) -> None:
    assert ask(proxy, request())[0] == 201


@pytest.mark.parametrize(
    "body",
    [
        request(User="0"),
        request(Entrypoint=["/bin/sh"]),
        request(HostConfig={"NetworkMode": "host"}),
        request(HostConfig={"networkmode": "host"}),
        request(HostConfig={"privileged": True}),
        request(HostConfig={"PRIVILEGED": True}),
        request(HostConfig={"Privileged": False}),
        request(image=BASE),
        request(NetworkingConfig={"EndpointsConfig": {"cinelake_docker": {}}}),
        request(Labels={"Image": STEP}),
        {"Labels": {"Image": STEP}, "HostConfig": {"NetworkMode": NETWORK}},
        {"Image": STEP},
        {"Image": STEP, "HostConfig": {}},
        {},
        [],
        "",
        "null",
        "nonsense",
        # Go takes the last of two.
        json.dumps(request())[:-1] + f', "Image": "{BASE}"}}',
        json.dumps(request())[:-1] + ', "HostConfig": {"NetworkMode": "host"}}',
        json.dumps(request())[:-1] + ', "HostConfig"\n: {}}',
        # Go reads these as names that it knows.
        json.dumps(request())[:-1] + f', "Im\\u0061ge": "{BASE}"}}',
        renamed('"Privile\\u0067ed"', "true"),
        renamed('"Bind\u017f"', '["/:/host"]'),
        renamed('"Bind\\u017f"', '["/:/host"]'),
        # A request must be judged as a whole.
        json.dumps(request()) + " " * 70_000,
        json.dumps(request(Cmd=["x" * 70_000])),
    ],
    ids=lambda body: str(body)[-40:].replace("/", "|").strip() or "blank",
)
def test_a_request_that_hides_its_meaning_is_refused(proxy: int, body: dict[str, object] | str) -> None:
    assert ask(proxy, body)[0] == 403


def test_a_body_in_pieces_is_refused(proxy: int) -> None:
    text = json.dumps(request()).encode()
    connection = http.client.HTTPConnection("127.0.0.1", proxy, timeout=30)
    connection.request(
        "POST",
        f"/{VERSION}/containers/create",
        body=iter([text[:20], text[20:]]),
        headers={"Content-Type": "application/json"},
        encode_chunked=True,
    )
    assert connection.getresponse().status == 403
    connection.close()


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/info"),
        ("GET", "/events"),
        ("GET", "/containers/x/json"),
        ("GET", f"/containers/{'a' * 64}/archive?path=/etc/shadow"),
        ("GET", f"/containers/{'a' * 64}/export"),
        ("PUT", f"/containers/{'a' * 64}/archive?path=/"),
        ("POST", f"/containers/{'a' * 64}/exec"),
        ("POST", f"/containers/{'a' * 64}/update"),
        ("POST", f"/containers/{'a' * 64}/rename"),
        ("POST", f"/containers/{'a' * 64}/restart"),
        ("POST", "/containers/prune"),
        ("POST", "/exec/x/start"),
        ("POST", "/build"),
        ("POST", "/build/prune"),
        ("POST", "/commit"),
        ("POST", f"/images/create?fromImage={BASE}"),
        ("POST", f"/images/{STEP}/tag?repo=x"),
        ("POST", "/images/load"),
        ("POST", "/images/prune"),
        ("GET", f"/images/{BASE}/json"),
        ("GET", f"/images/{OTHERS}/json"),
        ("GET", f"/images/{STEP}/get"),
        ("DELETE", f"/images/{STEP}"),
        ("GET", "/volumes"),
        ("POST", "/volumes/create"),
        ("DELETE", f"/volumes/{VOLUME}"),
        ("GET", "/networks"),
        ("POST", "/networks/create"),
        ("POST", f"/networks/{NETWORK}/connect"),
        ("GET", "/system/df"),
        ("POST", "/auth"),
        ("GET", "/secrets"),
        ("GET", "/swarm"),
        ("POST", "/swarm/init"),
        ("GET", "/plugins"),
        ("POST", "/session"),
        ("POST", "/grpc"),
        ("POST", "/_ping"),
        ("DELETE", "/containers/json"),
        ("GET", "/containers/create"),
        ("PUT", "/containers/create"),
        ("OPTIONS", "/containers/json"),
    ],
)
def test_every_other_call_is_refused(proxy: int, method: str, path: str) -> None:
    for version in ("", f"/{VERSION}"):
        status, text = send(proxy, method, version + path, Content_Length="0")
        assert status == 403, version + path
        assert "the Docker proxy refuses" in json.loads(text)["message"]


@pytest.mark.parametrize(
    "path",
    [
        "//containers/json",
        f"//{VERSION}/containers/json",
        f"/{VERSION}//containers/json",
        f"/{VERSION}/{VERSION}/containers/json",
        f"/{VERSION}/containers/json/",
        f"/{VERSION}/containers/./json",
        f"/{VERSION}/containers/../volumes",
        f"/{VERSION}/containers/%2e%2e/volumes",
        f"/{VERSION}/%63ontainers/json",
        f"/{VERSION}/containers%2fjson",
        f"/{VERSION}/_ping/../containers/json",
        f"/{VERSION}/images/{STEP}/../../info/json",
        f"/{VERSION}/images/{STEP}/%2e%2e/json",
        "/v1.23/containers/json",
        "/v1.410/containers/json",
        "/v2.41/containers/json",
        "/V1.41/containers/json",
        "http://localhost/v1.41/info",
    ],
)
def test_a_path_that_is_written_otherwise_is_refused(proxy: int, path: str) -> None:
    assert send(proxy, "GET", path)[0] == 403


@pytest.mark.parametrize("path", ["create/x", "%63reate", "create/", "./create", "create%00"])
def test_create_has_one_spelling(proxy: int, path: str) -> None:
    assert ask(proxy, request(Image=BASE), f"/{VERSION}/containers/{path}")[0] == 403


def test_a_setting_given_at_start_is_refused(client: docker.APIClient, proxy: int) -> None:
    step = create(client, "true")
    for version in ("v1.23", VERSION):
        assert ask(proxy, {"Binds": ["/:/host"]}, f"/{version}/containers/{step}/start")[0] == 403
    client.remove_container(step)


def test_a_container_of_somebody_else_is_out_of_reach(engine: docker.APIClient, client: docker.APIClient) -> None:
    other = engine.create_container(
        OTHERS, ["sleep", "60"], environment={"SECRET": "x"}, labels={"cinelake.test": "proxy"}
    )
    engine.start(other)
    for call in (
        client.inspect_container,
        client.logs,
        client.start,
        client.stop,
        client.kill,
        client.wait,
        lambda c: client.attach(c, stream=True),
        lambda c: client.remove_container(c, force=True),
    ):
        with pytest.raises(APIError, match="the Docker proxy refuses"):
            call(other["Id"])
    assert engine.inspect_container(other["Id"])["State"]["Running"]


def test_a_container_can_be_removed_after_a_restart_of_the_proxy(
    engine: docker.APIClient, client: docker.APIClient, tmp_path: Path
) -> None:
    step = create(client, "true")
    with running_proxy(tmp_path / "haproxy.log") as port:
        again = docker.APIClient(base_url=f"tcp://127.0.0.1:{port}", version="auto", timeout=60)
        with pytest.raises(APIError, match="not known to be a step"):
            again.remove_container(step)
        again.inspect_container(step)
        again.remove_container(step)


def test_a_missing_container_is_told_as_such(client: docker.APIClient) -> None:
    with pytest.raises(APIError) as missing:
        client.inspect_container(uuid4().hex * 2)
    assert missing.value.status_code == 404


def test_a_missing_image_cannot_be_pulled(client: docker.APIClient) -> None:
    with pytest.raises(APIError, match="the Docker proxy refuses this call"):
        client.pull(f"{PREFIX}/ingest", tag="missing")
