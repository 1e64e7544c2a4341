"""The composition root of publicity: the only place that wires."""

from pathlib import Path

from fastapi import FastAPI

from libs.common.cli import Service
from libs.common.db.database import Database
from libs.common.http.app import create_app
from services.publicity.api import mirror as api_mirror
from services.publicity.api import public as api_public
from services.publicity.api import public_log as api_public_log
from services.publicity.api import publications as api_publications
from services.publicity.events.handlers import handlers
from services.publicity.loops.deadlines import watch_deadlines
from services.publicity.loops.mirror import mirror
from services.publicity.pages import inside, public_log, public_results, public_site, publication
from services.publicity.pages import mirror as pages_mirror
from services.publicity.settings import PublicitySettings
from services.publicity.store.tables import metadata

FOLDER = Path(__file__).parent


def app(settings: PublicitySettings, database: Database) -> FastAPI:
    """Every door of this service."""
    return create_app(
        FOLDER,
        "结果公示",
        settings,
        database,
        # The API first: `/public/results/{id}.json` would otherwise be a page's id.
        api_publications.router,
        api_mirror.router,
        api_public_log.router,
        api_public.router,
        inside.router,
        publication.router,
        pages_mirror.router,
        public_site.router,
        public_results.router,
        public_log.router,
    )


SERVICE = Service(
    name="publicity",
    title="结果公示",
    folder=FOLDER,
    settings=PublicitySettings,
    metadata=metadata,
    app=app,
    producers=("registry", "draw", "inspection"),
    handlers=handlers,
    loops=(mirror, watch_deadlines),
)
