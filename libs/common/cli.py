"""`python -m services.<name> serve | consume | relay | migrate | all | dlq | events | reconcile | openapi | …`."""

import argparse
import asyncio
import gc
import json
import os
import signal
import sys
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import prometheus_client
import uvicorn
import uvloop
from fastapi import FastAPI
from pydantic import ValidationError
from sqlalchemy import MetaData

from libs.common.db.database import Database, create_engine
from libs.common.db.migrations import migrate
from libs.common.messaging import operations
from libs.common.messaging.consumer import Consumer
from libs.common.messaging.inbox import Handlers
from libs.common.messaging.rabbit import connect
from libs.common.messaging.relay import run_relay
from libs.common.messaging.sweep import run_sweep
from libs.common.messaging.topology import Queue, declare
from libs.common.reference import AREAS
from libs.common.settings import Settings
from libs.common.telemetry.logs import configure_logs

Loop = Callable[[Any, Database, asyncio.Event], Awaitable[None]]
IDLE = 30  # seconds a connection may idle; much longer than a gateway keeps one, or its next POST meets a closed door


@dataclass(frozen=True)
class Command:
    """A command of one service alone: `run(settings, database)` returns the exit code."""

    name: str
    help: str
    run: Callable[[Any, Database], Awaitable[int]]


@dataclass(frozen=True)
class Service:
    """One service as its `app.py` wires it."""

    name: str
    title: str
    folder: Path
    settings: type[Settings]
    metadata: MetaData
    app: Callable[[Any, Database], FastAPI]
    producers: Sequence[str]  # whom it hears
    handlers: Callable[[Any], Handlers]
    loops: Sequence[Loop] = ()  # work of its own beside messages, run by `consume`
    commands: Sequence[Command] = ()  # of its own, beside those that every service has

    def database(self, settings: Settings) -> Database:
        """Its database."""
        return Database(create_engine(settings.database_url, service=self.name, pool_size=settings.pool_size))

    def queues(self, settings: Settings) -> list[Queue]:
        """The queues that this process consumes."""
        groups = settings.county_groups()
        if settings.county_group != "*":
            if settings.county_group not in groups:
                raise SystemExit(f"SUNLOT_COUNTY_GROUP={settings.county_group}: 请使用 {sorted(groups)} 之一或 *")
            groups = {settings.county_group: groups[settings.county_group]}
        return [Queue(self.name, producer, group) for producer in self.producers for group in groups]


def main(service: Service, arguments: Sequence[str] | None = None) -> None:
    """Run one command of `service`."""
    parser = argparse.ArgumentParser(prog=f"python -m services.{service.name}")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("serve", help="answer HTTP")
    commands.add_parser("consume", help="hear messages, run the service's own loops")
    commands.add_parser("relay", help="send what the outbox holds")
    commands.add_parser("all", help="serve, consume and relay in one process")
    commands.add_parser("migrate", help="bring database and broker to this version")
    commands.add_parser("openapi", help="print the OpenAPI document")
    operations.add_commands(commands)
    own = {command.name: command for command in service.commands}
    for command in service.commands:
        commands.add_parser(command.name, help=command.help)
    options = parser.parse_args(arguments)
    if options.command == "openapi":
        _print_openapi(service)
        return
    settings = _settings(service)
    configure_logs(service.name, settings.log_level)
    if options.command == "migrate":
        _every_county_is_served(settings)
        migrate(service.folder / "migrations", settings.database_url)
        asyncio.run(_declare(service, settings))
    elif options.command in operations.COMMANDS:
        asyncio.run(
            operations.run(options, service.name, service.database(settings), settings, service.queues(settings))
        )
    elif options.command in own:
        sys.exit(asyncio.run(_once(own[options.command], settings, service.database(settings))))
    else:
        uvloop.run(_run(service, settings, options.command))


def _settings(service: Service) -> Settings:
    """What the environment says; ends with the names of what is missing or wrong, and without their values."""
    try:
        return service.settings()
    except ValidationError as error:
        told = [f"SUNLOT_{str(item['loc'][0]).upper()}：{item['msg']}" for item in error.errors(include_input=False)]
        raise SystemExit("\n".join(["设置缺少或有误，含义和默认值见 docs/settings.md", *told])) from None


async def _once(command: Command, settings: Settings, database: Database) -> int:
    try:
        return await command.run(settings, database)
    finally:
        await database.close()


def _every_county_is_served(settings: Settings) -> None:
    """A message for a county without a queue can't be sent, and would hold up all that come after it."""
    served = {county for counties in settings.county_groups().values() for county in counties}
    if missing := sorted(set(AREAS) - served):
        raise SystemExit(
            f"{settings.counties_file} 缺少县区 {'、'.join(missing)}：请把它们写入一个县区组后再运行 migrate。"
        )


async def _declare(service: Service, settings: Settings) -> None:
    connection = await connect(settings.amqp_url)
    async with connection:
        await declare(await connection.channel(), service.name, service.producers, settings.county_groups())


async def _run(service: Service, settings: Settings, what: str) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    database = service.database(settings)
    async with asyncio.TaskGroup() as tasks:
        if what in {"serve", "all"}:
            tasks.create_task(_serve(service, settings, database, stop))
        elif settings.metrics_port:
            prometheus_client.start_http_server(settings.metrics_port, settings.host)
        if what in {"consume", "all"}:
            consumer = Consumer(database, settings.amqp_url, service.handlers(settings), service.queues(settings))
            tasks.create_task(consumer.run(stop))
            tasks.create_task(run_sweep(database, settings.inbox_days, stop))
            for work in service.loops:
                tasks.create_task(_as_coroutine(work(settings, database, stop)))
        if what in {"relay", "all"}:
            tasks.create_task(run_relay(database, settings.amqp_url, stop))
    await database.close()


async def _as_coroutine(work: Awaitable[None]) -> None:
    await work


def _spare_what_stays() -> None:
    """Keep the program itself out of garbage collection, which under load would look through it many times a second."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 20, 20)  # a request makes thousands of objects, nearly all without a cycle


async def _serve(service: Service, settings: Settings, database: Database, stop: asyncio.Event) -> None:
    config = uvicorn.Config(
        service.app(settings, database),
        host=settings.host,
        port=settings.port,
        log_config=None,
        access_log=False,
        server_header=False,
        date_header=True,
        proxy_headers=False,
        timeout_keep_alive=IDLE,
        timeout_graceful_shutdown=10,
    )
    _spare_what_stays()
    server = uvicorn.Server(config)
    # Signals are ours: uvicorn would end the process before consumer and relay have finished.
    server.install_signal_handlers = lambda: None  # type: ignore[attr-defined]
    serving = asyncio.create_task(server._serve())
    await asyncio.wait([serving, asyncio.ensure_future(stop.wait())], return_when=asyncio.FIRST_COMPLETED)
    server.should_exit = True
    await serving
    stop.set()


def _print_openapi(service: Service) -> None:
    placeholder = {
        "SUNLOT_DATABASE_URL": "postgresql+asyncpg://nobody@localhost/none",
        "SUNLOT_AMQP_URL": "amqp://localhost",
        "SUNLOT_SESSION_PUBLIC_KEY": "{}",
        "SUNLOT_SESSION_PRIVATE_KEY": "{}",
        "SUNLOT_FIELD_KEYS": json.dumps({"none": "A" * 43 + "="}),
        "SUNLOT_LOG_KEY": "00" * 32,
    }
    for name, value in placeholder.items():
        os.environ.setdefault(name, value)
    settings = service.settings()
    document = service.app(settings, service.database(settings)).openapi()
    json.dump(document, sys.stdout, ensure_ascii=False, indent=1, sort_keys=True)
