"""PostgreSQL and the broker fall under running services: nobody restarts the services, and nothing is lost."""

import asyncio
from pathlib import Path

import psutil
import pytest

from deploy.demo_data.generate import officers_csv, units_csv
from deploy.local.processes import Processes
from deploy.local.servers import ensure_servers
from deploy.local.stack import SERVICES
from deploy.local.story.doors import Door
from deploy.local.story.load import REGISTRY
from deploy.local.story.progress import Progress
from deploy.local.theatre import Theatre
from tests.system.staging import staged

pytestmark = [pytest.mark.system, pytest.mark.timeout(400)]


def test_services_outlive_their_servers(tmp_path: Path) -> None:
    with staged(tmp_path) as theatre:
        asyncio.run(_fall(theatre, tmp_path))


async def _fall(theatre: Theatre, home: Path) -> None:
    before = _pids(theatre.stack.processes)
    async with theatre.scene(Progress(1)) as scene:
        await scene.people.join("lead1")
        lead, show = scene.people["lead1"], scene.show
        for kind, content in (("units", units_csv()), ("officers", officers_csv(scene.today))):
            await lead.upload(f"{REGISTRY}/imports/{kind}", f"{kind}.csv", content)
        officer = (await lead.get(f"{REGISTRY}/officers", per_page=1))["rows"][0]["officer_id"]

        async def all_heard() -> bool:
            return await scene.all_have_heard("registry")

        for number, server in enumerate(("one session", "postgres", "rabbitmq")):
            _kill(server, ensure_servers(home, durable=False).pids())
            if server == "rabbitmq":
                await _change(lead, officer, number)  # said while nobody can hear it
            await asyncio.to_thread(ensure_servers, home, durable=False)
            await _change(lead, officer, number + 10)
            await show.until(f"{server} 倒下之后消息送达", all_heard, seconds=120)
    processes = theatre.stack.processes
    assert [name for name in SERVICES if not processes.alive(name)] == []
    assert _pids(processes) == before, "a service ended and was started again"


async def _change(lead: Door, officer: str, number: int) -> None:
    """Something that the registry tells the others."""
    duty = "休假" if number % 2 else "在岗"
    await lead.put(f"{REGISTRY}/officers/{officer}/duty", {"duty": duty, "reason": f"第 {number} 次变更"})


def _kill(server: str, pids: dict[str, int]) -> None:
    """Kill the broker, PostgreSQL, or one session of it, after which it ends every other and recovers."""
    if server == "one session":
        sessions = psutil.Process(pids["postgres"]).children()
        victim = next(one.pid for one in sessions if "sunlot_draw" in " ".join(one.cmdline()))
    else:
        victim = pids[server]
    process = psutil.Process(victim)
    process.kill()
    process.wait(20)


def _pids(processes: Processes) -> dict[str, int]:
    return {service: processes.pid(service) for service in SERVICES}
