"""Door 2: HTML."""

from fastapi import APIRouter

from services.trigger.pages import platforms, work

ROUTERS: tuple[APIRouter, ...] = (platforms.router, work.router)
