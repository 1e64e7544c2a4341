"""Step 4: the pool is frozen and committed, two parties reveal, dice fall, subjects and officers are drawn."""

from __future__ import annotations

import asyncio
import hashlib
import json
import secrets
import sys
from pathlib import Path

from deploy.local.story.doors import Door
from deploy.local.story.scene import Json, Scene

DRAW = "/draw/api/v1"
AGAIN = "前一次抽取已中止并公开，重新抽取"
# Each party's program makes its own number; only its hash is given away before the commitment is logged.
PARTIES = (("lead", "lead1"), ("section", "section1"))


async def hold_draw(scene: Scene, task_id: str) -> str:
    """Draw for the task and dispatch; returns the draw id."""
    people, show = scene.people, scene.show
    lead = people["lead1"]
    await show.until("名录送达抽查服务", lambda: scene.all_have_heard("registry"), seconds=120)
    draw_id = await _frozen(lead, task_id)
    await show.until("名录冻结", lambda: _beyond(lead, draw_id, "freezing"), seconds=120)
    await _commit(scene, draw_id)
    draw = await show.until(
        "预演、登记承诺和公开日志回执", lambda: _beyond(lead, draw_id, "frozen", "committing", "committed"), seconds=90
    )
    show.note(f"承诺 {draw['commit_sha256'][:16]}… 已入公开日志第 {draw['log_index']} 条，此前没有任何种子")
    await _reveal(scene, draw_id)
    draw = await show.until("抽取结果", lambda: _beyond(lead, draw_id, "logged", "revealing", "seeded"), seconds=90)
    files = await download(scene, draw_id)
    await verify(scene, files)
    certificate = json.loads(files["cert"].read_bytes())
    strata = "，".join(f"{one['stratum']} 类 {one['n']} 抽 {one['k']}" for one in certificate["strata"])
    show.note(f"名录 {certificate['commit']['pool']['rows']} 户；{strata}")
    show.must(all(len(set(team)) >= 2 for _, team in certificate["assignments"]), "有检查对象不足两名执法人员")
    if draw["state"] == "drawn":
        await lead.post(f"{DRAW}/draws/{draw_id}/dispatch")
    cases = await show.until("派发到县区单位", lambda: _cases(lead, task_id, len(certificate["selected"])))
    scene.remember(draw_id=draw_id)
    show.verified(
        f"抽取 {draw_id}：{len(cases)} 户各配 {len(certificate['assignments'][0][1])} 名执法人员，独立复核通过"
    )
    return draw_id


async def _frozen(lead: Door, task_id: str) -> str:
    task = await lead.get(f"{DRAW}/tasks/{task_id}")
    standing = [one["draw_id"] for one in task["attempts"] if one["state"] != "aborted"]
    if standing:
        return str(standing[-1])
    made = await lead.post(f"{DRAW}/tasks/{task_id}/freeze", {"reason": AGAIN if task["attempts"] else ""})
    return str(made["draw_id"]) if "draw_id" in made else await _frozen(lead, task_id)


async def _commit(scene: Scene, draw_id: str) -> None:
    lead = scene.people["lead1"]
    if (await lead.get(f"{DRAW}/draws/{draw_id}"))["state"] != "frozen":
        return
    numbers = scene.memory.get("reveals", {}).get(draw_id)
    if numbers is None:
        numbers = {name: secrets.token_hex(32) for name, _ in PARTIES}
        scene.remember(reveals={**scene.memory.get("reveals", {}), draw_id: numbers})
    promised = {party["name"] for party in (await lead.get(f"{DRAW}/draws/{draw_id}"))["parties"]}
    for name, username in PARTIES:
        if name not in promised:
            promise = hashlib.sha256(b"sunlot-draw/1 party " + name.encode() + b" " + bytes.fromhex(numbers[name]))
            await scene.people[username].post(f"{DRAW}/draws/{draw_id}/promises", {"commit": promise.hexdigest()})
    await lead.post(f"{DRAW}/draws/{draw_id}/commit")


async def _reveal(scene: Scene, draw_id: str) -> None:
    people = scene.people
    draw = await people["lead1"].get(f"{DRAW}/draws/{draw_id}")
    if draw["state"] not in {"logged", "revealing"}:
        return
    for name, username in PARTIES:
        if name not in draw["revealed"]:
            number = scene.memory["reveals"][draw_id][name]
            await people[username].post(f"{DRAW}/draws/{draw_id}/reveals", {"reveal": number})
    digits = scene.memory.get("dice", {}).get(draw_id)
    if digits is None:
        digits = "".join(str(secrets.randbelow(6) + 1) for _ in range(10))  # ten dice, thrown for all to see
        scene.remember(dice={draw_id: digits})
    if not (await people["lead1"].get(f"{DRAW}/draws/{draw_id}"))["dice_typed"]:
        await people["lead1"].post(f"{DRAW}/draws/{draw_id}/dice", {"digits": digits})
    await people["section1"].post(f"{DRAW}/draws/{draw_id}/dice/confirm", {"digits": digits})
    scene.show.note(f"双方揭示，骰子 {digits} 由一人录入、另一人确认，种子确定")


async def _beyond(lead: Door, draw_id: str, *before: str) -> Json | None:
    draw: Json = await lead.get(f"{DRAW}/draws/{draw_id}")
    if draw.get("problem"):
        raise RuntimeError(draw["problem"])
    return None if draw["state"] in before else draw


async def _cases(lead: Door, task_id: str, expected: int) -> list[Json] | None:
    found: list[Json] = (await lead.get("/inspection/api/v1/cases", q=task_id, per_page=200))["cases"]
    return found if len(found) == expected else None


async def download(scene: Scene, draw_id: str) -> dict[str, Path]:
    """Fetch what anybody can: certificate, pool, officers, and the verifier itself."""
    folder = scene.home / "verify"
    folder.mkdir(parents=True, exist_ok=True)
    files = {}
    for key, path in (
        ("cert", f"/public/draws/{draw_id}/certificate.json"),
        ("pool", f"/public/draws/{draw_id}/pool.tsv"),
        ("officers", f"/public/draws/{draw_id}/officers.json"),
        ("verify", "/public/verify.py"),
    ):
        files[key] = folder / path.rpartition("/")[2]
        files[key].write_bytes(await scene.people.public.content(path))
    return files


async def verify(scene: Scene, files: dict[str, Path]) -> None:
    """Run the downloaded verifier as a process of its own, without any of our code."""
    command = [str(files[key]) for key in ("verify", "cert", "pool")]
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-I", *command, "--officers", str(files["officers"]),
        cwd=files["cert"].parent, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    said, _ = await process.communicate()
    lines = said.decode("utf-8", "replace").splitlines()
    scene.show.must(process.returncode == 0, "独立复核程序未通过：\n" + "\n".join(lines[-15:]))
    scene.show.note(f"独立复核程序（单独进程）：{sum(line.lstrip().startswith('✓') for line in lines)} 项全部通过")
