"""The stand-ins of the hotline and the national platform as programs of the stack."""

from __future__ import annotations

import sys

from deploy.local.processes import Program


def national(port: int) -> Program:
    """The national platform's stand-in."""
    return Program(
        name="national",
        command=(sys.executable, "-m", "deploy.standins.national", "--port", str(port)),
        ready_url=f"http://127.0.0.1:{port}/healthz",
    )


def hotline(port: int, sunlot: str, platform: str, key: str) -> Program:
    """The 12345 hotline's stand-in; its key stands in the environment, where other users do not see it."""
    return Program(
        name="hotline",
        command=(
            *(sys.executable, "-m", "deploy.standins.hotline", "--port", str(port)),
            *("--sunlot", sunlot, "--platform", platform),
        ),
        environment={"SUNLOT_HOTLINE_KEY": key},
        ready_url=f"http://127.0.0.1:{port}/healthz",
    )
