"""Templates, fragments, static files and the error page, without a browser."""

import re
from pathlib import Path

import httpx
import pytest
from jinja2 import UndefinedError

from libs.common.errors import FieldError, Invalid
from libs.common.web import render, templates_for, wants_fragment
from libs.common.web.assets import SHARED_STATIC, content_digest
from tests.common.web.gallery.app import HERE, SampleActor, app

LAYOUT = '{% extends "layout.html" %}'
SHARED = Path(SHARED_STATIC).parent


async def got(path: str, **headers: str) -> httpx.Response:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://gallery") as client:
        return await client.get(path, headers=headers)


def with_template(folder: Path, text: str) -> str:
    (folder / "pages" / "templates").mkdir(parents=True)
    (folder / "pages" / "templates" / "page.html").write_text(text, "utf-8")
    return "page.html"


def test_a_fragment_is_a_block_of_the_page_itself(tmp_path: Path) -> None:
    part = "{% block part %}{{ ui.tag(word) }}{% endblock %}"
    name = with_template(tmp_path, LAYOUT + "{% block content %}前" + part + "{% endblock %}")
    environment = templates_for(tmp_path)
    fragment = render(environment, name, block="part", word="甲")
    assert fragment == '<span class="tag">甲</span>'
    assert fragment in render(environment, name, title="题", word="甲")


def test_a_forgotten_value_is_an_error_and_a_given_one_is_escaped(tmp_path: Path) -> None:
    name = with_template(tmp_path, "{{ word }}")
    with pytest.raises(UndefinedError):
        render(templates_for(tmp_path), name)
    assert render(templates_for(tmp_path), name, word="<script>") == "&lt;script&gt;"


def test_a_refusal_becomes_summary_and_inline_errors(tmp_path: Path) -> None:
    field = '{{ ui.field("name", "名称", form.name, error=errors) }}'
    name = with_template(tmp_path, LAYOUT + "{% block content %}" + field + "{% endblock %}")
    refusal = Invalid(fields=[FieldError("name", "请填写名称"), FieldError("code", "代码应为 18 位", row=3)])
    page = render(templates_for(tmp_path), name, title="登记", errors=refusal, form={})
    assert '<a href="#f-name">请填写名称</a>' in page
    assert "第 3 行：代码应为 18 位" in page
    assert 'aria-describedby="f-name-error" aria-invalid="true"' in page
    assert "<title>错误：登记" in page


def test_a_refusal_without_fields_says_its_sentence(tmp_path: Path) -> None:
    name = with_template(tmp_path, LAYOUT)
    assert "<li>请先封存名录</li>" in render(templates_for(tmp_path), name, title="x", errors=Invalid("请先封存名录"))


def test_sign_out_is_a_form_with_the_secret(tmp_path: Path) -> None:
    name = with_template(tmp_path, LAYOUT)
    page = render(templates_for(tmp_path), name, title="x", actor=SampleActor(), csrf="s3cret", active="draw")
    secret = '<input type="hidden" name="csrf" value="s3cret">'
    assert f'<form method="post" action="/registry/logout">{secret}' in page
    assert page.count('aria-current="page"') == 1


async def test_the_error_page_says_what_to_do() -> None:
    page = (await got("/gallery/error")).text
    assert "请核对地址。" in page
    assert "0199f3a2-77aa-7c10" in page


@pytest.mark.parametrize("file", sorted((SHARED / "templates").glob("*.html")), ids=lambda path: path.name)
def test_templates_obey_the_content_security_policy(file: Path) -> None:
    text = file.read_text("utf-8")
    assert not re.search(r"\sstyle=|\son[a-z]+=|<style|<script(?! src=)|javascript:|https?://", text)


async def test_a_static_file_is_kept_for_a_year_under_its_content_alone() -> None:
    url = templates_for(HERE).from_string("{{ static_url('sunlot.css') }}").render()
    assert url == f"/gallery/static/{content_digest(SHARED_STATIC / 'sunlot.css')}/sunlot.css"
    fresh = await got(url)
    assert (fresh.status_code, fresh.headers["cache-control"]) == (200, "public, max-age=31536000, immutable")
    for other in ("/gallery/static/0123456789abcdef/sunlot.css", "/gallery/static/sunlot.css"):
        assert (await got(other)).headers["cache-control"] == "no-cache"


@pytest.mark.parametrize("path", ["nothing.css", "../templates/base.html", "0123456789abcdef/../../__init__.py", ""])
async def test_nothing_but_static_files_is_served(path: str) -> None:
    assert (await got(f"/gallery/static/{path}")).status_code in {404, 405}


def test_going_back_in_history_asks_for_the_whole_page() -> None:
    asked = {"hx-request": "true", "hx-target": "list"}
    assert wants_fragment(asked, "list")
    assert not wants_fragment({**asked, "hx-history-restore-request": "true"}, "list")
    assert not wants_fragment({}, "list")


async def test_a_list_exports_what_its_filter_shows() -> None:
    page = (await got("/gallery/subjects?county=410323&credit=D")).text
    found = re.search(r"共 (\d+) 条", page)
    assert found
    table = (await got("/gallery/subjects?county=410323&credit=D&format=csv")).text
    assert len(table.splitlines()) == int(found.group(1)) + 1


async def test_search_engines_find_the_public_site_alone() -> None:
    assert '<meta name="robots" content="index">' in (await got("/gallery/public")).text
    assert '<meta name="robots" content="noindex">' in (await got("/gallery/desk")).text


@pytest.mark.article(7)
def test_the_six_steps_stand_in_the_notices_order_and_show_where_a_task_is(tmp_path: Path) -> None:
    name = with_template(tmp_path, "{{ ui.steps(3) }}")
    items = re.findall(r"<li(.*?)>(.*?)</li>", render(templates_for(tmp_path), name))
    names = [re.sub("<.*", "", text) for _, text in items]
    assert names == ["制定计划", "抽取名单", "派发名单", "匹配人员", "实施检查", "录入公示"]
    assert [("done" in attributes, "aria-current" in attributes) for attributes, _ in items] == [
        *[(True, False)] * 2,
        (False, True),
        *[(False, False)] * 3,
    ]
