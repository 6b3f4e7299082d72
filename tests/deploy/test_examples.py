"""The files of deploy/ keep what they promise: nothing of an informant is kept, and each side has a narrow room."""

import re
import shutil
import subprocess
import sys
from dataclasses import fields
from pathlib import Path

import pytest

from portal.settings import Settings

ROOT = Path(__file__).parents[2]
SYSTEMD = ROOT / "deploy" / "systemd"
NGINX = (ROOT / "deploy" / "nginx" / "portal.conf").read_text("utf-8")
TORRC = ROOT / "deploy" / "tor" / "torrc"
SIDES = {"portal": "portal", "office": "casework"}
STRICT = {
    "NoNewPrivileges": "yes",
    "ProtectSystem": "strict",
    "ProtectHome": "yes",
    "PrivateTmp": "yes",
    "PrivateDevices": "yes",
    "ProtectProc": "invisible",
    "ProtectKernelTunables": "yes",
    "ProtectKernelModules": "yes",
    "ProtectKernelLogs": "yes",
    "ProtectControlGroups": "yes",
    "RestrictAddressFamilies": "AF_UNIX",
    "RestrictNamespaces": "yes",
    "LockPersonality": "yes",
    "MemoryDenyWriteExecute": "yes",
    "MemorySwapMax": "0",
    "LimitCORE": "0",
    "CapabilityBoundingSet": "",
    "UMask": "0077",
    "IPAddressDeny": "any",
}


def unit(side: str) -> str:
    """Give the text of a side's unit."""
    return (SYSTEMD / f"ishonch-{side}.service").read_text("utf-8")


def test_nginx_keeps_nothing_of_an_informant() -> None:
    """B11. B21. D5. D7. E1."""
    lines = [line.strip() for line in NGINX.splitlines()]
    directives = [line.rstrip(";") for line in lines if line.endswith(";")]
    for needed in ("access_log off", "error_log /dev/null crit", "server_tokens off"):
        assert directives.count(needed) == NGINX.count("server {") == 2
    for needed in (
        "proxy_request_buffering off",
        "proxy_buffering off",
        "proxy_max_temp_file_size 0",
        "ssl_session_cache off",
        "ssl_session_tickets off",
        "proxy_http_version 1.1",
    ):
        assert directives.count(needed) == 1, needed
    emptied = [d for d in directives if d.startswith("proxy_set_header") and d.endswith('""')]
    hidden = {directive.split()[1] for directive in emptied}
    assert hidden >= {"User-Agent", "Accept-Language", "X-Forwarded-For", "X-Real-IP", "Forwarded"}
    assert "$remote_addr" not in NGINX
    for patience in ("client_header_timeout", "client_body_timeout", "send_timeout"):
        assert [d for d in directives if d.startswith(patience)], patience


def test_nginx_lets_in_what_the_portal_wants_to_answer_itself() -> None:
    """D1. The portal reads up to twice its limit, so that a page can follow."""
    (megabytes,) = re.findall(r"client_max_body_size (\d+)m;", NGINX)
    (limit,) = [field.default for field in fields(Settings) if field.name == "report_limit"]
    assert isinstance(limit, int)
    assert int(megabytes) * 1024 * 1024 > 2 * limit


@pytest.mark.parametrize("side", SIDES)
def test_each_side_runs_as_a_user_of_its_own_in_a_narrow_room(side: str) -> None:
    """E19. F14. And the two sides see nothing of each other but the mailbox store."""
    settings = dict(re.findall(r"^(\w+)=(.*)$", unit(side), re.MULTILINE))
    assert {name: settings.get(name) for name in STRICT} == STRICT
    assert settings["User"] == f"ishonch-{side}"
    assert settings["Environment"] == f"PGUSER=ishonch_{side}"
    assert f"-m {SIDES[side]} " in settings["ExecStart"]
    assert f"--bind unix:/run/{settings['RuntimeDirectory']}/socket" in settings["ExecStart"]
    others = "office" if side == "portal" else "portal"
    assert f"/srv/ishonch/{others}.toml" in settings["InaccessiblePaths"]
    assert ("/srv/ishonch/office-blobs" in settings["ReadWritePaths"]) == (side == "office")


@pytest.mark.parametrize("side", SIDES)
def test_systemd_itself_has_nothing_to_say_against_a_unit(side: str, tmp_path: Path) -> None:
    """E19. Where systemd is installed, it is asked; where it is not, a unit is at least one line a setting."""
    assert all(re.match(r"(\[\w+\]|\w+=.*|#.*|)$", line) for line in unit(side).splitlines())
    if analyze := shutil.which("systemd-analyze"):
        judged = tmp_path / f"ishonch-{side}.service"
        judged.write_text(unit(side).replace("/opt/ishonch/.venv/bin/python", sys.executable))
        said = _said(analyze, "verify", str(judged))
        said += _said(analyze, "security", "--offline=true", str(judged))
        (exposure,) = re.findall(r"exposure level for \S+: ([\d.]+)", said)
        assert float(exposure) < 1.5
        assert not re.search(r"Unknown|Failed|not executable", said), said


def test_what_a_unit_may_write_is_handed_over_to_its_user() -> None:
    """F14."""
    script = SYSTEMD / "hand-over"
    subprocess.run(["bash", "-n", script], check=True)
    text = script.read_text("utf-8")
    for side in SIDES:
        (paths,) = re.findall(r"^ReadWritePaths=(.*)$", unit(side), re.MULTILINE)
        for path in paths.split():
            name = rf"(?<![\w-]){Path(path).name}(?![\w/-])"
            given = rf"^(?:chown -R|install -d -o) ishonch-(\w+):? .*{name}"
            owners = set(re.findall(given, text, re.MULTILINE))
            assert owners == ({"portal"} if path == "/srv/ishonch/blobs" else {side}), path
        assert f"chown -R ishonch-{side}: {side}.toml" in text


def test_the_onion_service_is_hidden_and_bears_a_flood() -> None:
    """D5. E1."""
    lines = [line for line in TORRC.read_text("utf-8").splitlines() if line and line[0] != "#"]
    options = dict(line.split(" ", 1) for line in lines)
    assert options["SocksPort"] == "0"
    assert options["HiddenServicePort"] == "80 unix:/run/ishonch-onion/socket"
    assert options["HiddenServicePoWDefensesEnabled"] == "1"
    assert options["HiddenServiceSingleHopMode"] == options["HiddenServiceNonAnonymousMode"] == "0"
    assert options["SafeLogging"] == "1"
    if tor := shutil.which("tor"):
        assert "Configuration was valid" in _said(tor, "--verify-config", "-f", str(TORRC))


def _said(*command: str) -> str:
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    return ran.stdout + ran.stderr
