"""The composition root of registry: the only place that wires."""

from pathlib import Path

from fastapi import FastAPI

from libs.common.cli import Service
from libs.common.db.database import Database
from libs.common.http.app import create_app
from services.registry.events.handlers import handlers
from services.registry.settings import RegistrySettings
from services.registry.store.tables import metadata

FOLDER = Path(__file__).parent


def app(settings: RegistrySettings, database: Database) -> FastAPI:
    """Every door of this service."""
    return create_app(FOLDER, "名录库", settings, database)


SERVICE = Service(
    name="registry",
    title="名录库",
    folder=FOLDER,
    settings=RegistrySettings,
    metadata=metadata,
    app=app,
    producers=("inspection",),
    handlers=handlers,
)
