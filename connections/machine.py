"""The questions to this machine: containers, the Docker proxy, the lake, and who can reach the ports."""

from __future__ import annotations

import contextlib
import os
import socket
import tempfile
import urllib.error
from pathlib import Path
from urllib.parse import unquote, urlsplit

from .question import HOST, OPENER, TIMEOUT_SECONDS, Check, NotHere, Unwell
from .stack import PORTS, Stack, docker

LOOPBACK = {"127.0.0.1", "::1"}

# Run in the scheduler: the proxy answers what it must, and refuses what nobody here needs.
ASK_PROXY = """
import os, sys, urllib.request, urllib.error
base = os.environ.get("DOCKER_HOST", "tcp://docker-proxy:2375").replace("tcp://", "http://")
opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
def code(path):
    try:
        return opener.open(base + path, timeout=10).status
    except urllib.error.HTTPError as error:
        return error.code
    except OSError as error:
        sys.exit(f"{base} cannot be reached from the scheduler: {error}")
print(code("/_ping"), code("/info"))
"""

# Run as the user of the steps, with the lake where they have it. Commits to Delta tables are hard links.
TRY_LAKE = """
import os
probe = f"/lake/.connections-{os.getpid()}"
with open(probe, "x") as file:
    file.write("probe")
try:
    os.link(probe, probe + ".link")
    os.unlink(probe + ".link")
finally:
    os.unlink(probe)
print(f"a file and a link written as {os.getuid()}:{os.getgid()}")
"""


def container_checks(stack: Stack) -> list[Check]:
    """That every container is up and well, or has done its work."""

    def ask(service: str) -> str:
        state = stack.containers[service]["State"]
        health = (state.get("Health") or {}).get("Status")
        if state["Status"] == "exited" and state["ExitCode"] == 0 and service in ("migrate", "airflow-init"):
            return "done"
        if state["Status"] != "running":
            raise Unwell(f"{state['Status']}, exit code {state['ExitCode']}")
        if health not in (None, "healthy"):
            raise Unwell(f"running, but {health}")
        return "running" + (", healthy" if health else "")

    return [
        Check(
            f"container {name}",
            stack.name(name),
            lambda name=name: ask(name),
            f"docker logs {stack.name(name)}; then ./init.sh",
        )
        for name in sorted(stack.containers)
    ]


def proxy_check(stack: Stack) -> Check:
    """The way from the scheduler to Docker, through the proxy that lets only the needed calls pass."""

    def ask() -> str:
        if not stack.has("airflow-scheduler"):
            raise NotHere("there is no scheduler container")
        ping, info = docker("exec", stack.name("airflow-scheduler"), "python3", "-c", ASK_PROXY).split()
        if ping != "200":
            raise Unwell(f"_ping is answered by {ping}")
        if info != "403":
            raise Unwell(f"info, which must be refused, is answered by {info}")
        return "_ping 200, info refused"

    return Check(
        "scheduler -> docker",
        "docker-proxy:2375",
        ask,
        "docker logs of docker-proxy; docker/proxy/haproxy.cfg lists what passes",
    )


def lake_check(stack: Stack) -> Check:
    """The question to wherever the lake lies."""
    if "://" in stack.lake and not stack.lake.startswith("file://"):
        return store_check(stack)
    return lake_volume_check(stack) if stack.mode == "docker" else lake_folder_check(stack)


def lake_volume_check(stack: Stack) -> Check:
    """Writes as the steps' user. Their images have no shell, so Airflow's image lends its Python."""
    volume = "cinelake_lake"

    def ask() -> str:
        docker("volume", "inspect", volume)
        user = docker("image", "inspect", "--format", "{{.Config.User}}", stack.image("ingest")) or "0:0"
        flags = ["--rm", "--network=none", "--cap-drop=ALL", "--security-opt=no-new-privileges", f"--user={user}"]
        mount = ["--volume", f"{volume}:/lake", "--entrypoint=python3"]
        return docker("run", *flags, *mount, stack.image("airflow"), "-I", "-c", TRY_LAKE)

    remedy = "the volume must belong to the user of the images: it does when a step was the first to use it"
    return Check("lake writable", f"volume {volume}", ask, remedy)


def lake_folder_check(stack: Stack) -> Check:
    """Writes as this user, who runs the steps without Docker."""
    lake = stack.lake

    def ask() -> str:
        folder = Path(unquote(urlsplit(lake).path) if lake.startswith("file://") else lake)
        with tempfile.NamedTemporaryFile(dir=folder, prefix=".connections-") as probe:
            link = Path(probe.name + ".link")
            os.link(probe.name, link)
            link.unlink()
        return "a file and a link written"

    remedy = f"{lake} must be a folder of yours, on a file system with hard links"
    return Check("lake writable", lake, ask, remedy)


def store_check(stack: Stack) -> Check:
    """That the lake's object store answers whoever runs the steps. Whether it lets them in, they tell themselves."""
    if stack.lake.startswith("hdfs://"):
        return name_node_check(stack)
    address = stack.lake_endpoint

    def code() -> int:
        if stack.mode == "docker":
            asked = ["curl", "-s", "-m", "10", "-o", "/dev/null", "-w", "%{http_code}", address]
            return int(docker("exec", stack.name("airflow-scheduler"), *asked))
        try:
            with OPENER.open(address, timeout=TIMEOUT_SECONDS) as answer:
                return answer.status
        except urllib.error.HTTPError as refused:
            return refused.code

    def ask() -> str:
        if not address:
            raise NotHere("at its own address: the pipeline itself must try")
        if (found := code()) >= 500:
            raise Unwell(f"it answers with {found}")
        return f"{address} answers"

    return Check("lake reachable", stack.lake, ask, "check the store and its address: docs/lake.md", bool(address))


def name_node_check(stack: Stack) -> Check:
    """That the name node of the lake takes connections of whoever runs the steps."""
    node = urlsplit(stack.lake)

    def ask() -> str:
        if not node.port:
            raise NotHere("it is a name service: the pipeline itself must try")
        address = (node.hostname or "", node.port)
        if stack.mode == "docker":
            command = f"import socket; socket.create_connection({address!r}, {TIMEOUT_SECONDS})"
            docker("exec", stack.name("airflow-scheduler"), "python3", "-I", "-c", command)
        else:
            socket.create_connection(address, TIMEOUT_SECONDS).close()
        return f"{node.hostname}:{node.port} takes connections"

    return Check("lake reachable", stack.lake, ask, "check HDFS and its address: docs/lake.md", bool(node.port))


def binding_check(stack: Stack) -> Check:
    """That nobody outside this machine can connect."""

    def published() -> str:
        count = 0
        for service, one in stack.containers.items():
            for inner, bindings in (one["NetworkSettings"].get("Ports") or {}).items():
                for binding in bindings or []:
                    count += 1
                    if binding["HostIp"] not in LOOPBACK:
                        raise Unwell(
                            f"{service} publishes {inner} on {binding['HostIp'] or '0.0.0.0'}:{binding['HostPort']}"
                        )
        return f"{count} published, all on {HOST}"

    def listening() -> str:
        addresses = outer_addresses()
        if not addresses:
            raise NotHere("this machine has no address but its own")
        ports = [stack.port(name) for name in PORTS]
        for address in addresses:
            for port in ports:
                with socket.socket(socket.AF_INET) as attempt:
                    attempt.settimeout(1)
                    if attempt.connect_ex((address, port)) == 0:
                        raise Unwell(f"port {port} answers on {address}, too")
        return f"{', '.join(map(str, ports))} do not answer on {', '.join(addresses)}"

    docker_mode = stack.mode == "docker"
    remedy = (
        "publish it as 127.0.0.1:PORT only, in docker-compose.yml and its override"
        if docker_mode
        else "let it listen on 127.0.0.1"
    )
    return Check("ports", f"only {HOST}", published if docker_mode else listening, remedy, required=docker_mode)


def outer_addresses() -> list[str]:
    """This machine's addresses that others can reach. Nothing is sent to find them."""
    found = set()
    with contextlib.suppress(OSError):
        found |= {entry[4][0] for entry in socket.getaddrinfo(socket.gethostname(), None, socket.AF_INET)}
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))
            found.add(probe.getsockname()[0])
        except OSError:
            pass
    return sorted(address for address in found if not address.startswith(("127.", "0.")))
