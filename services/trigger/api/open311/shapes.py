"""The fields of every answer in the order of the specification; what a firm must not learn is always empty."""

from typing import Any

from sqlalchemy import RowMapping

from services.trigger.api.open311.documents import w3
from services.trigger.domain.open311 import ATTRIBUTES, GROUP, SERVICES, Service, stage_status
from services.trigger.store.requests import Came, Told

SPECIFICATION = "http://wiki.open311.org/GeoReport_v2"
_CHANGED = "2026-11-22T00:00:00+08:00"  # when what can be reported was last changed
_NOTICE = "将在规定期限（expected_datetime）内决定是否受理，办理情况可凭编号查询。"


def discovery(base: str, authority: str) -> dict[str, Any]:
    """Where the interface is and what it speaks."""
    return {
        "changeset": _CHANGED,
        "contact": f"{authority}，电话 12333",
        "key_service": "接入申请：向系统管理员登记平台并勾选 Open311，api_key 为“平台编号.密钥”",
        "endpoints": [
            {
                "specification": SPECIFICATION,
                "url": f"{base.rstrip('/')}/open311/v2",
                "changeset": _CHANGED,
                "type": "production",
                "formats": ["text/xml", "application/json"],
            }
        ],
    }


def service(one: Service) -> dict[str, Any]:
    """A service in the list."""
    return {
        "service_code": one.code,
        "service_name": one.category,
        "description": f"反映用人单位在{one.category}方面的问题",
        "metadata": True,
        "type": one.kind,
        "keywords": one.keywords,
        "group": GROUP,
    }


def definition(code: str) -> dict[str, Any]:
    """The questions of a service."""
    return {
        "service_code": code,
        "attributes": [
            {
                "variable": True,
                "code": attribute.code,
                "datatype": attribute.datatype,
                "required": attribute.required,
                "datatype_description": attribute.hint or None,
                "order": order,
                "description": attribute.description,
                "values": [{"key": key, "name": name} for key, name in attribute.values],
            }
            for order, attribute in enumerate(ATTRIBUTES, 1)
        ],
    }


def receipt(came: Came) -> dict[str, Any]:
    """The answer to a POST: an id, or a token where a person sorts first."""
    name = {"token": came.token} if came.batch else {"service_request_id": came.request_id}
    return name | {"service_notice": _NOTICE, "account_id": None}


def token(one: Told) -> dict[str, Any]:
    """A token and the id that it stands for, if there is one yet."""
    return {"service_request_id": one.request_id if one.sorted else None, "token": one.token}


def told(one: Told, agency: str) -> dict[str, Any]:
    """A request as anybody may see it."""
    known = SERVICES[one.service_code]
    return {
        "service_request_id": one.request_id,
        "status": one.status,
        "status_notes": one.notes or None,
        "service_name": known.category,
        "service_code": known.code,
        "description": None,
        "agency_responsible": agency,
        "service_notice": _NOTICE,
        "requested_datetime": w3(one.requested_at),
        "updated_datetime": w3(one.updated_at),
        "expected_datetime": f"{one.due.isoformat()}T23:59:59+08:00",
        "address": None,
        "address_id": None,
        "zipcode": None,
        "lat": None,
        "long": None,
        "media_url": None,
    }


def update(row: RowMapping) -> dict[str, Any]:
    """An answer as an update of its request."""
    return {
        "update_id": row["answer_id"],
        "service_request_id": row["signal_id"],
        "status": stage_status(row["stage"]),
        "updated_datetime": w3(row["created_at"]),
        "description": row["text"],
        "media_url": None,
    }
