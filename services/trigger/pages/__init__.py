"""Door 2: HTML."""

from fastapi import APIRouter

from services.trigger.pages import (
    answers,
    enter,
    match,
    platforms,
    referrals,
    retention,
    risk,
    rules,
    sla,
    uploads,
    warning,
    work,
)

ROUTERS: tuple[APIRouter, ...] = (
    platforms.router,
    enter.router,  # before the signals, one of which is not called new
    work.router,
    referrals.router,
    uploads.router,
    match.router,
    answers.router,
    sla.router,
    rules.router,
    warning.router,
    risk.router,
    retention.router,
)
