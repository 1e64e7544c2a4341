"""Door 1: REST."""

from fastapi import APIRouter

from services.trigger.api import (
    delivery,
    match,
    messages,
    orders,
    platforms,
    retention,
    reviews,
    risk,
    rules,
    sla,
    warning,
    work,
)
from services.trigger.api.open311 import routes as open311

ROUTERS: tuple[APIRouter, ...] = (
    orders.router,
    messages.router,
    delivery.router,
    reviews.router,
    sla.router,
    platforms.router,
    work.router,
    match.router,
    rules.router,
    warning.router,
    risk.router,
    retention.router,
    open311.router,
)
