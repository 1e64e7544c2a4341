"""Door 2: HTML."""

from fastapi import APIRouter

from services.trigger.pages import platforms, retention, risk, rules, warning, work

ROUTERS: tuple[APIRouter, ...] = (
    platforms.router,
    work.router,
    rules.router,
    warning.router,
    risk.router,
    retention.router,
)
