"""Door 1: REST."""

from fastapi import APIRouter

from services.trigger.api import orders, platforms, work

ROUTERS: tuple[APIRouter, ...] = (orders.router, platforms.router, work.router)
