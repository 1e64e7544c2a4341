"""Door 2: HTML."""

from fastapi import APIRouter

ROUTERS: tuple[APIRouter, ...] = ()
