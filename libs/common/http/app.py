"""The FastAPI application that every service starts from."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Depends, FastAPI, Request, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from sqlalchemy import text

from libs.common.db.database import Database
from libs.common.errors import Unavailable
from libs.common.http import problems
from libs.common.http.auth import anyone
from libs.common.http.limits import Limited
from libs.common.http.middleware import Around
from libs.common.settings import Settings
from libs.common.web import mount_static, templates_for


def create_app(folder: Path, title: str, settings: Settings, database: Database, *routers: APIRouter) -> FastAPI:
    """The service's doors; routers carry their full prefixes (`/draw`, `/draw/api/v1`, `/public/draws`)."""

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        yield
        await database.close()

    name = folder.name
    app = FastAPI(
        title=title,
        version="1",
        lifespan=lifespan,
        openapi_url=f"/{name}/api/openapi.json",
        docs_url=None,
        redoc_url=None,
        separate_input_output_schemas=False,
        responses=problems.DOCUMENTED,
    )
    app.state.settings = settings
    app.state.database = database
    app.state.environment = templates_for(folder)
    app.add_middleware(Limited)
    app.add_middleware(Around)
    problems.install(app)
    app.include_router(_health())
    mount_static(app, f"/{name}/static", folder)
    for router in routers:
        app.include_router(router)
    return app


def database_of(request: Request) -> Database:
    """The service's database."""
    database: Database = request.app.state.database
    return database


Db = Annotated[Database, Depends(database_of)]


def _health() -> APIRouter:
    router = APIRouter(include_in_schema=False, dependencies=[anyone()])

    @router.get("/healthz")
    async def alive() -> dict[str, str]:
        """The process runs."""
        return {"status": "alive"}

    @router.get("/readyz")
    async def ready(database: Db) -> dict[str, Any]:
        """The database answers and has been migrated."""
        try:
            async with database.engine.connect() as connection:
                await connection.execute(text("select 1 from alembic_version"))
        except Exception as error:
            raise Unavailable("数据库暂时不可用或尚未升级，请运行 migrate。") from error
        return {"status": "ready"}

    @router.get("/metrics")
    async def numbers() -> Response:
        """Prometheus text."""
        return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)

    return router
