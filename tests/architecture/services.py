"""The five services, looked at from outside."""

import importlib
from types import ModuleType

from fastapi import FastAPI

from libs.common.cli import Service
from libs.common.messaging.envelope import Event, Received
from libs.common.messaging.schemas import published_events
from libs.common.settings import Settings
from services.draw.app import SERVICE as DRAW
from services.inspection.app import SERVICE as INSPECTION
from services.publicity.app import SERVICE as PUBLICITY
from services.registry.app import SERVICE as REGISTRY
from services.trigger.app import SERVICE as TRIGGER
from tests.conftest import settings_of

SERVICES: tuple[Service, ...] = (REGISTRY, TRIGGER, DRAW, INSPECTION, PUBLICITY)
NAMES = tuple(service.name for service in SERVICES)


def settings(service: Service) -> Settings:
    """Settings that lead nowhere: for looking at doors and handlers, not for opening them."""
    return settings_of(service, "postgresql+asyncpg://nobody@127.0.0.1:1/none", "amqp://127.0.0.1:1/")


def app(service: Service) -> FastAPI:
    """The service's doors."""
    told = settings(service)
    return service.app(told, service.database(told))


def published_module(service: Service) -> ModuleType:
    """The service's `events/published.py`."""
    return importlib.import_module(f"services.{service.name}.events.published")


def published(service: Service) -> list[type[Event]]:
    """Everything that the service says."""
    return list(published_events(published_module(service)))


def received(service: Service) -> list[type[Received]]:
    """Everything that the service acts on."""
    return service.handlers(settings(service)).models


ALL_PUBLISHED = {event.TYPE: event for service in SERVICES for event in published(service)}
# (consumer, what it reads), by consumer
ALL_RECEIVED = [(service.name, model) for service in SERVICES for model in received(service)]
