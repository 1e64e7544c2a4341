"""The template environment of a service: its own pages first, then the shared layout, macros and filters."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from libs.common.errors import FieldError, SunlotError
from libs.common.reference import COUNTIES
from libs.common.web import charts, navigation
from libs.common.web.assets import Assets, static_folders
from libs.common.web.filters import FILTERS

SHARED_TEMPLATES: Final = Path(__file__).parent / "templates"

SITE_NAME: Final = "触发式“双随机、一公开”监管平台"
AUTHORITY: Final = "洛阳市人力资源和社会保障局"
NOTICE_NUMBER: Final = "洛人社监察〔2022〕5号"

DEFAULTS: Final[Mapping[str, Any]] = {
    "actor": None,
    "csrf": "",
    "active": "",
    "crumbs": (),
    "errors": (),
    "shell": "layout.html",
}
"""What the layout needs and a page may leave out; `title` it may not."""


def templates_for(package_dir: Path, *, site_name: str = SITE_NAME, authority: str = AUTHORITY) -> Environment:
    """Build the environment of the service in `package_dir`, whose pages lie in `pages/templates`."""
    assets = Assets(f"/{package_dir.name}/static", static_folders(package_dir))
    environment = Environment(
        loader=FileSystemLoader([package_dir / "pages" / "templates", SHARED_TEMPLATES]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(FILTERS)
    environment.globals.update(
        site_name=site_name,
        authority=authority,
        notice_number=NOTICE_NUMBER,
        static_url=assets.url,
        charts=charts,
        counties=COUNTIES,
        county_options=[(area.adcode, area.name) for area in COUNTIES],
        step_names=navigation.STEPS,
        work_tabs=navigation.WORK_TABS,
        public_tabs=navigation.PUBLIC_TABS,
        login_url=navigation.LOGIN,
        logout_url=navigation.LOGOUT,
    )
    # As globals, so that a block rendered alone has its macros without an import of its own.
    environment.globals["ui"] = environment.get_template("macros.html").module
    environment.globals["chart"] = environment.get_template("charts.html").module
    return environment


def render(env: Environment, name: str, block: str | None = None, **context: Any) -> str:
    """Render a page, or one block of it as the fragment htmx asks for; an unknown block raises KeyError."""
    template = env.get_template(name)
    values = {**DEFAULTS, **context}
    values["errors"] = error_pairs(values["errors"])
    if block is None:
        return template.render(values)
    return "".join(template.blocks[block](template.new_context(values)))


def error_pairs(errors: SunlotError | Iterable[FieldError | tuple[str, str]]) -> list[tuple[str, str]]:
    """Field and text of each error, as the macros want them, from a refusal, its fields, or pairs."""
    if isinstance(errors, SunlotError):
        return error_pairs(errors.fields) or [("", errors.detail)]
    return [
        (error.field, error.message if error.row is None else f"第 {error.row} 行：{error.message}")
        if isinstance(error, FieldError)
        else error
        for error in errors
    ]


def wants_fragment(headers: Mapping[str, str], target: str) -> bool:
    """Whether a request comes from htmx for one element of the page (its id), not for the whole page."""
    return (
        headers.get("hx-request") == "true"
        and headers.get("hx-target") == target
        and headers.get("hx-history-restore-request") != "true"
    )
