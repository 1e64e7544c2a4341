"""What is seen: templates, styles, lists, exports and charts that five services share."""

from libs.common.web.assets import mount_static
from libs.common.web.environment import error_pairs, render, templates_for, wants_fragment
from libs.common.web.export import export_response, xlsx
from libs.common.web.tables import Column, ListPage, ListQuery

__all__ = [
    "Column",
    "ListPage",
    "ListQuery",
    "error_pairs",
    "export_response",
    "mount_static",
    "render",
    "templates_for",
    "wants_fragment",
    "xlsx",
]
