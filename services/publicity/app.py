"""The composition root of publicity: the only place that wires."""

from pathlib import Path

from fastapi import FastAPI

from libs.common.cli import Service
from libs.common.db.database import Database
from libs.common.http.app import create_app
from services.publicity.events.handlers import handlers
from services.publicity.settings import PublicitySettings
from services.publicity.store.tables import metadata

FOLDER = Path(__file__).parent


def app(settings: PublicitySettings, database: Database) -> FastAPI:
    """Every door of this service."""
    return create_app(FOLDER, "结果公示", settings, database)


SERVICE = Service(
    name="publicity",
    title="结果公示",
    folder=FOLDER,
    settings=PublicitySettings,
    metadata=metadata,
    app=app,
    producers=("registry", "draw", "inspection"),
    handlers=handlers,
)
