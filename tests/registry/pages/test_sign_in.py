"""Signing in, renewing and signing out, at the doors that a browser uses."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import httpx
import pytest
from sqlalchemy import select, update

from libs.common import clock
from libs.common.http.auth import COOKIE, Role, read_session
from libs.common.testing.doors import House, actor
from services.registry.app import SERVICE
from services.registry.loops import create_first_admin
from services.registry.pages.sessions import REFRESH_COOKIE, local_path
from services.registry.settings import RegistrySettings
from services.registry.store.tables import login_failures, refresh_sessions
from tests.conftest import MakeHouse

PASSWORD = "luoyang spring 2026"


@dataclass
class Door:
    """Registry with one account, and a browser without cookies."""

    house: House
    browser: httpx.AsyncClient

    async def sign_in(self, password: str = PASSWORD, **more: str) -> httpx.Response:
        form = {"username": "li.ming", "password": password, "next": "/draw/", **more}
        return await self.browser.post("/registry/login", data=form)


@asynccontextmanager
async def opened(make_house: MakeHouse) -> AsyncIterator[Door]:
    house = await make_house(SERVICE)
    async with house.client(actor(Role.ADMIN)) as admin:
        body = {"username": "li.ming", "name": "李明", "role": "lead", "password": PASSWORD}
        created = await admin.post("/registry/api/v1/accounts", json=body)
        assert created.status_code == 201, created.text
    async with house.client() as browser:
        yield Door(house, browser)


async def test_the_right_password_opens_a_session_that_every_service_can_check(make_house: MakeHouse) -> None:
    async with opened(make_house) as door:
        answer = await door.sign_in()
        assert (answer.status_code, answer.headers["location"]) == (303, "/draw/")
        person, _ = read_session(door.house.settings.session_public_key, door.browser.cookies[COOKIE], now=clock.now())
        assert (person.account_id, person.name, person.role) == ("li.ming", "李明", Role.LEAD)
        cookies = answer.headers.get_list("set-cookie")
        assert all("HttpOnly" in cookie and "SameSite=lax" in cookie for cookie in cookies)
        assert any(cookie.startswith(REFRESH_COOKIE) and "Path=/registry/session" in cookie for cookie in cookies)


async def test_an_unknown_account_and_a_wrong_password_get_the_same_answer(make_house: MakeHouse) -> None:
    async with opened(make_house) as door:
        wrong = await door.sign_in("not the password")
        unknown = await door.sign_in("not the password", username="li.mung")
        assert wrong.status_code == unknown.status_code == 422
        assert wrong.text == unknown.text.replace("li.mung", "li.ming")
        assert "账号或口令不正确" in wrong.text
        assert COOKIE not in door.browser.cookies


async def test_the_sixth_attempt_is_refused_even_with_the_right_password(make_house: MakeHouse) -> None:
    async with opened(make_house) as door:
        for _ in range(5):
            assert (await door.sign_in("not the password")).status_code == 422
        refused = await door.sign_in()
        assert refused.status_code == 403
        assert "15 分钟" in refused.text
        other_address = await door.browser.post(
            "/registry/login",
            data={"username": "li.ming", "password": PASSWORD},
            headers={"x-forwarded-for": "10.1.1.1, 203.0.113.9"},
        )
        assert other_address.status_code == 303


async def test_attempts_are_forgotten_after_fifteen_minutes(make_house: MakeHouse) -> None:
    async with opened(make_house) as door:
        for _ in range(6):
            await door.sign_in("not the password")
        async with door.house.database.transaction() as tx:
            earlier = clock.now().replace(year=clock.now().year - 1)
            await tx.execute(update(login_failures).values(started_at=earlier))
        assert (await door.sign_in()).status_code == 303


async def test_a_login_form_on_another_site_is_refused(make_house: MakeHouse) -> None:
    async with opened(make_house) as door:
        form = {"username": "li.ming", "password": PASSWORD}
        for header in ({"origin": "https://evil.example"}, {"origin": "null"}, {"sec-fetch-site": "cross-site"}):
            answer = await door.browser.post("/registry/login", data=form, headers=header)
            assert answer.status_code == 403
            assert COOKIE not in door.browser.cookies
        ours = await door.browser.post("/registry/login", data=form, headers={"origin": "http://sunlot.test"})
        assert ours.status_code == 303


@pytest.mark.parametrize(
    "address",
    [
        "https://evil.example/", "//evil.example/", "/\\evil.example", "javascript:alert(1)", "evil", "",
        "/\t/evil.example", "/registry/login?next=/", "/registry/session/renew",
    ],
)  # fmt: skip
def test_a_login_leads_nowhere_else(address: str) -> None:
    assert local_path(address) == "/registry/desk"


def test_a_login_leads_back_to_the_page_that_was_asked_for() -> None:
    assert local_path("/draw/tasks?page=2&q=%E6%B4%9B") == "/draw/tasks?page=2&q=%E6%B4%9B"


async def test_an_ended_session_is_renewed_without_the_password(make_house: MakeHouse) -> None:
    async with opened(make_house) as door:
        await door.sign_in()
        first = door.browser.cookies[REFRESH_COOKIE]
        door.browser.cookies.set(COOKIE, "ended", domain="sunlot.test", path="/")
        bounced = await door.browser.get("/registry/login", params={"next": "/draw/tasks"})
        assert bounced.headers["location"] == "/registry/session/renew?next=%2Fdraw%2Ftasks"
        renewed = await door.browser.get(bounced.headers["location"])
        assert (renewed.status_code, renewed.headers["location"]) == (303, "/draw/tasks")
        assert door.browser.cookies[REFRESH_COOKIE] != first


@pytest.mark.parametrize("renewals", [1, 3])
async def test_a_refresh_token_that_comes_back_after_its_successors_ends_the_sign_in(
    make_house: MakeHouse, renewals: int
) -> None:
    async with opened(make_house) as door:
        await door.sign_in()
        stolen = door.browser.cookies[REFRESH_COOKIE]
        for _ in range(renewals):
            await door.browser.get("/registry/session/renew")
        async with door.house.database.transaction() as tx:
            hashes = [row["token_hash"] for row in await tx.all(select(refresh_sessions))]
            earlier = clock.now().replace(year=clock.now().year - 1)
            await tx.execute(update(refresh_sessions).values(rotated_at=earlier))
        assert stolen.partition(".")[2] not in hashes
        async with door.house.client() as thief:
            thief.cookies.set(REFRESH_COOKIE, stolen)
            answer = await thief.get("/registry/session/renew")
            assert answer.headers["location"].startswith("/registry/login")
        owner = await door.browser.get("/registry/session/renew")
        assert owner.headers["location"].startswith("/registry/login")


async def test_without_a_refresh_token_the_form_is_shown_and_never_a_loop(make_house: MakeHouse) -> None:
    async with opened(make_house) as door:
        door.browser.cookies.set(COOKIE, "ended", domain="sunlot.test", path="/")
        answer = await door.browser.get("/registry/login?next=/draw/", follow_redirects=True)
        assert answer.status_code == 200
        assert 'name="password"' in answer.text
        assert 'value="/draw/"' in answer.text


async def test_signing_out_ends_the_sign_in_on_every_device(make_house: MakeHouse) -> None:
    async with opened(make_house) as door:
        await door.sign_in()
        token, refresh = door.browser.cookies[COOKIE], door.browser.cookies[REFRESH_COOKIE]
        person, _ = read_session(door.house.settings.session_public_key, token, now=clock.now())
        assert (await door.browser.post("/registry/logout", data={"csrf": "guess"})).status_code == 403
        answer = await door.browser.post("/registry/logout", data={"csrf": person.csrf})
        assert answer.headers["location"] == "/registry/login"
        assert COOKIE not in door.browser.cookies
        async with door.house.client() as other:
            other.cookies.set(REFRESH_COOKIE, refresh)
            renewed = await other.get("/registry/session/renew")
            assert renewed.headers["location"].startswith("/registry/login")


async def test_a_disabled_account_neither_signs_in_nor_renews(make_house: MakeHouse) -> None:
    async with opened(make_house) as door:
        await door.sign_in()
        async with door.house.client(actor(Role.ADMIN)) as admin:
            off = await admin.put("/registry/api/v1/accounts/li.ming/active", json={"active": False})
            assert off.status_code == 204
        renewed = await door.browser.get("/registry/session/renew")
        assert renewed.headers["location"].startswith("/registry/login")
        assert (await door.sign_in()).status_code == 422


async def test_the_owner_changes_the_password_with_the_old_one(make_house: MakeHouse) -> None:
    async with opened(make_house) as door:
        new = "peony garden 2027"
        form = {"username": "li.ming", "old": "not the password", "password": new, "again": new}
        assert (await door.browser.post("/registry/password", data=form)).status_code == 422
        short = await door.browser.post("/registry/password", data={**form, "password": "short", "again": "short"})
        assert "口令至少 12 个字符" in short.text
        assert (await door.browser.post("/registry/password", data={**form, "old": PASSWORD})).status_code == 303
        assert (await door.sign_in()).status_code == 422
        assert (await door.sign_in(new)).status_code == 303


async def test_programs_get_a_bearer_token(make_house: MakeHouse) -> None:
    async with opened(make_house) as door:
        credentials = {"username": "li.ming", "password": PASSWORD}
        answer = await door.browser.post("/registry/api/v1/sessions", json=credentials)
        assert answer.status_code == 201
        body = answer.json()
        assert body["actor"]["role"] == "lead"
        refused = await door.browser.get(
            "/registry/api/v1/accounts", headers={"authorization": f"Bearer {body['token']}"}
        )
        assert refused.status_code == 403
        wrong = await door.browser.post("/registry/api/v1/sessions", json={**credentials, "password": "x"})
        assert (wrong.status_code, wrong.json()["type"]) == (401, "urn:sunlot:problem:wrong-credentials")


async def test_the_first_administrator_is_made_once_and_only_when_nobody_is_there(make_house: MakeHouse) -> None:
    house = await make_house(SERVICE)
    settings = house.settings
    assert isinstance(settings, RegistrySettings)

    async def start(password: str) -> None:
        told = {**settings.model_dump(), "first_admin_password": password}
        await create_first_admin(RegistrySettings(**told), house.database, asyncio.Event())

    await start("first peony 2026")
    await start("second peony 2026")
    async with house.client() as browser:
        for password, status in (("first peony 2026", 303), ("second peony 2026", 422)):
            form = {"username": "admin", "password": password}
            assert (await browser.post("/registry/login", data=form)).status_code == status
