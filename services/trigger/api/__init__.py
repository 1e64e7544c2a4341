"""Door 1: REST."""

from fastapi import APIRouter

from services.trigger.api import (
    delivery,
    entries,
    match,
    messages,
    orders,
    platforms,
    referrals,
    retention,
    reviews,
    risk,
    rules,
    sla,
    uploads,
    warning,
    work,
)
from services.trigger.api.open311 import routes as open311

ROUTERS: tuple[APIRouter, ...] = (
    orders.router,
    messages.router,
    entries.router,
    delivery.router,
    reviews.router,
    sla.router,
    platforms.router,
    work.router,
    referrals.router,
    uploads.router,
    match.router,
    rules.router,
    warning.router,
    risk.router,
    retention.router,
    open311.router,
)
