"""The composition root of inspection: the only place that wires."""

from pathlib import Path

from fastapi import FastAPI

from libs.common.cli import Service
from libs.common.db.database import Database
from libs.common.http.app import create_app
from services.inspection.api import cases as cases_api
from services.inspection.api import record as record_api
from services.inspection.events.handlers import handlers
from services.inspection.pages import cases, documents, public, record, todo
from services.inspection.settings import InspectionSettings
from services.inspection.store.tables import metadata

FOLDER = Path(__file__).parent


def app(settings: InspectionSettings, database: Database) -> FastAPI:
    """Every door of this service."""
    return create_app(
        FOLDER,
        "现场检查",
        settings,
        database,
        cases_api.router,
        record_api.router,
        todo.router,
        cases.router,
        record.router,
        documents.router,
        public.router,
    )


SERVICE = Service(
    name="inspection",
    title="现场检查",
    folder=FOLDER,
    settings=InspectionSettings,
    metadata=metadata,
    app=app,
    producers=("registry", "draw", "publicity"),
    handlers=handlers,
)
