"""The composition root of trigger: the only place that wires."""

import asyncio
from pathlib import Path

from fastapi import FastAPI

from libs.common.cli import Command, Service
from libs.common.db.database import Database
from libs.common.http.app import create_app
from services.trigger import api, pages
from services.trigger.api.gathering import Gathering
from services.trigger.api.keyring import Keyring
from services.trigger.api.throttle import Throttle
from services.trigger.events.handlers import handlers
from services.trigger.loops import push_answers, watch_counts
from services.trigger.loops.erase import erase_old
from services.trigger.loops.keys import renew_names
from services.trigger.loops.rotate import print_fingerprint_key, rotate_fields
from services.trigger.loops.trying import run_back_tests
from services.trigger.loops.uploads import run_uploads
from services.trigger.settings import TriggerSettings
from services.trigger.store.tables import metadata
from services.trigger.store.vault import Vault

FOLDER = Path(__file__).parent


def app(settings: TriggerSettings, database: Database) -> FastAPI:
    """Every door of this service."""
    doors = create_app(FOLDER, "触发预警", settings, database, *api.ROUTERS, *pages.ROUTERS)
    doors.state.vault = Vault.from_setting(settings.field_keys)
    doors.state.reading = asyncio.Lock()  # one uploaded file at a time
    doors.state.keyring = Keyring(database, doors.state.vault)
    doors.state.throttle = Throttle()
    doors.state.gathering = Gathering(database, doors.state.vault)
    return doors


SERVICE = Service(
    name="trigger",
    title="触发预警",
    folder=FOLDER,
    settings=TriggerSettings,
    metadata=metadata,
    app=app,
    producers=("registry", "draw", "inspection", "publicity"),
    handlers=handlers,
    loops=(push_answers, watch_counts, run_back_tests, erase_old, renew_names, run_uploads),
    commands=(
        Command("rotate-fields", "re-encrypt protected fields under the newest key", rotate_fields),
        Command(
            "fingerprint-key", "print the entry that keeps fingerprints when the first key goes", print_fingerprint_key
        ),
    ),
)
