"""Door 2: HTML."""

from fastapi import APIRouter

from services.trigger.pages import answers, match, platforms, retention, risk, rules, sla, warning, work

ROUTERS: tuple[APIRouter, ...] = (
    platforms.router,
    work.router,
    match.router,
    answers.router,
    sla.router,
    rules.router,
    warning.router,
    risk.router,
    retention.router,
)
