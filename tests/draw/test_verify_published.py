"""verify.py on what the service publishes after all kinds of replacements, in both profiles."""

from pathlib import Path

import pytest

from services.draw.domain.commitment import Profile
from services.draw.public import verify
from tests.draw.conftest import LEAD, City
from tests.draw.test_changes import approved, certificate, dispatched, void


async def changed(city: City) -> str:
    """A draw with all kinds of replacements; return its number."""
    draw_id = await dispatched(city)
    drawn = [row[0] for row in (await certificate(city, draw_id))["selected"]]
    for uscc in drawn[:2]:
        await void(city, draw_id, uscc)
    await approved(city, draw_id, await city.post(LEAD, f"/draws/{draw_id}/changes/reserve", {"void": 2}))
    body = {"subject": drawn[2], "seat": 1, "reason": "not_available"}
    await approved(city, draw_id, await city.post(LEAD, f"/draws/{draw_id}/changes/officer", body))
    asked = await city.post(LEAD, f"/draws/{draw_id}/changes/fresh", {"voids": [1]})
    fresh_id = (await approved(city, draw_id, asked))["fresh_draw_id"]
    await city.promise(fresh_id)
    await city.commit(fresh_id)
    await city.fix_seed(fresh_id)
    await city.finish()
    return draw_id


async def fetched(city: City, draw_id: str, folder: Path, *names: str) -> list[str]:
    """Fetch published files; their paths."""
    for name in names:
        answer = await city.get(f"/public/draws/{draw_id}/{name}")
        assert answer.status_code == 200, name
        (folder / f"{draw_id}-{name}").write_bytes(answer.content)
    return [str(folder / f"{draw_id}-{name}") for name in names]


@pytest.mark.article(5, 10)
@pytest.mark.parametrize("profile", list(Profile))
async def test_a_stranger_checks_all_editions_and_the_fresh_draw_with_its_parent(
    city: City, tmp_path: Path, capsys: pytest.CaptureFixture[str], profile: Profile
) -> None:
    city.house.settings = city.settings.model_copy(update={"draw_profile": profile})
    draw_id = await changed(city)
    names = ("certificate.json", "pool.tsv", "officers.json")
    newest, pool, officers = await fetched(city, draw_id, tmp_path, *names)
    count = (await certificate(city, draw_id))["edition"]
    earlier = [f"certificate-{number}.json" for number in range(1, count)]
    previous = await fetched(city, draw_id, tmp_path, *earlier)
    own = await fetched(city, f"{draw_id}-r1", tmp_path, *names)
    arguments = [newest, pool, "--officers", officers, "--previous", *previous, "--fresh", own[0], own[2]]
    assert verify.main(arguments) == 0
    told = capsys.readouterr().out
    for name in ("edition.previous", "replacements.reserve", "replacements.officers", "fresh", "fresh.replaces"):
        assert f"[{name}]" in told
    skipped = [line for line in told.splitlines() if line.startswith("－")]
    assert all(any(word in line for word in ("遮蔽", "--private")) for line in skipped)
    assert bool(skipped) == (profile is Profile.MASKED)
    assert verify.main([own[0], own[1], "--officers", own[2], "--parent", previous[-1]]) == 0
    assert "✓ 原抽取 [replaces]" in capsys.readouterr().out
