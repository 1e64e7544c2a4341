"""The doors of what is disclosed; before those of single draws, whose addresses would take theirs for a draw's."""

from services.draw.api import results as results_api
from services.draw.pages import exports, results, salts

ROUTERS = (results_api.router, results.router, exports.router, salts.router)
