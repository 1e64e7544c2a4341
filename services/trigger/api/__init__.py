"""Door 1: REST."""

from fastapi import APIRouter

from services.trigger.api import match, messages, orders, platforms, retention, risk, rules, warning, work
from services.trigger.api.open311 import routes as open311

ROUTERS: tuple[APIRouter, ...] = (
    orders.router,
    messages.router,
    platforms.router,
    work.router,
    match.router,
    rules.router,
    warning.router,
    risk.router,
    retention.router,
    open311.router,
)
