"""What the intake is compared with: FastAPI reads the same body by the same model, asyncpg inserts it, nothing else."""

import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg
import uvicorn
from fastapi import FastAPI, Request

from services.trigger.api.orders import Order


@asynccontextmanager
async def _pool(app: FastAPI) -> AsyncIterator[None]:
    size = int(os.environ["BARE_POOL"])
    app.state.pool = await asyncpg.create_pool(os.environ["BARE_URL"], min_size=size, max_size=size)
    await app.state.pool.execute("create table if not exists bare (order_id text primary key, body text not null)")
    yield
    await app.state.pool.close()


app = FastAPI(lifespan=_pool, openapi_url=None)


@app.post("/orders", status_code=201)
async def take(order: Order, request: Request) -> dict[str, str]:
    """Insert the order as it came."""
    await request.app.state.pool.execute(
        "insert into bare (order_id, body) values ($1, $2) on conflict do nothing",
        order.order_id,
        order.model_dump_json(),
    )
    return {"order_id": order.order_id}


if __name__ == "__main__":
    uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[1]), access_log=False, log_level="warning")
