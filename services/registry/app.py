"""The composition root of registry: the only place that wires."""

from pathlib import Path

from fastapi import FastAPI

from libs.common.cli import Service
from libs.common.db.database import Database
from libs.common.http.app import create_app
from services.registry.api import accounts as accounts_api
from services.registry.api import imports as imports_api
from services.registry.api import lists as lists_api
from services.registry.api import sessions as sessions_api
from services.registry.events.handlers import handlers
from services.registry.loops import create_first_admin
from services.registry.pages import accounts as account_pages
from services.registry.pages import desk as desk_pages
from services.registry.pages import imports as import_pages
from services.registry.pages import lists as list_pages
from services.registry.pages import sessions as session_pages
from services.registry.settings import RegistrySettings
from services.registry.store.tables import metadata

FOLDER = Path(__file__).parent

ROUTERS = (
    sessions_api.router,
    accounts_api.router,
    imports_api.router,
    lists_api.router,
    session_pages.router,
    desk_pages.router,
    list_pages.router,
    import_pages.router,
    account_pages.router,
)


def app(settings: RegistrySettings, database: Database) -> FastAPI:
    """Every door of this service."""
    return create_app(FOLDER, "名录库", settings, database, *ROUTERS)


SERVICE = Service(
    name="registry",
    title="名录库",
    folder=FOLDER,
    settings=RegistrySettings,
    metadata=metadata,
    app=app,
    producers=("inspection",),
    handlers=handlers,
    loops=(create_first_admin,),
)
