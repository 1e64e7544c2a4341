"""The composition root of draw: the only place that wires."""

from pathlib import Path

from fastapi import FastAPI

from libs.common.cli import Service
from libs.common.db.database import Database
from libs.common.http.app import create_app
from services.draw.api import changes as changes_api
from services.draw.api import direct as direct_api
from services.draw.api import editions as editions_api
from services.draw.api import fairness as fairness_api
from services.draw.api import policies as policies_api
from services.draw.api import proofs as proofs_api
from services.draw.api import public as public_api
from services.draw.api import visits as visits_api
from services.draw.api import work
from services.draw.events.handlers import handlers
from services.draw.loops import count_finished_draws, open_inspected_seals, take_due_rounds, take_long_steps
from services.draw.pages import (
    ceremony,
    changes,
    direct,
    disclosure,
    drafting,
    fairness,
    inside,
    plans,
    policies,
    proofs,
    public,
    visits,
)
from services.draw.settings import DrawSettings
from services.draw.store.tables import metadata

FOLDER = Path(__file__).parent


def app(settings: DrawSettings, database: Database) -> FastAPI:
    """Every door of this service."""
    return create_app(
        FOLDER,
        "抽查任务",
        settings,
        database,
        *disclosure.ROUTERS,
        work.router,
        policies_api.router,
        visits_api.router,
        public_api.router,
        proofs_api.router,
        fairness_api.router,
        direct_api.router,
        changes_api.router,
        changes_api.listing,
        editions_api.router,
        drafting.router,
        visits.router,
        direct.router,
        changes.router,
        changes.listing,
        inside.router,
        ceremony.router,
        plans.router,
        policies.router,
        public.router,
        proofs.router,
        fairness.router,
    )


SERVICE = Service(
    name="draw",
    title="抽查任务",
    folder=FOLDER,
    settings=DrawSettings,
    metadata=metadata,
    app=app,
    producers=("registry", "trigger", "inspection", "publicity"),
    handlers=handlers,
    loops=(
        take_long_steps,
        take_due_rounds,
        open_inspected_seals,
        count_finished_draws,
    ),
)
