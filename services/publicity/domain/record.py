"""The national public record and the least that the upload asks for, made from a publication's content."""

import json
from typing import Any, Final

from libs.common.canonical import canonical
from libs.common.ids import natural_id
from services.publicity.domain.content import Content
from services.publicity.domain.results import subject_result_name

ENTERPRISE: Final = "http"  # the enterprise system's platform takes it
FILE: Final = "file"  # 文件: somebody uploads it by hand
_ENTERPRISE_PREFIXES: Final = ("91", "92", "93")
_OTHER_PREFIXES: Final = ("11", "12", "13", "51", "52", "53", "54")


def channel_of(uscc: str, subject_kind: str) -> str:
    """The channel for a subject: social organisations and public bodies are outside the enterprise system."""
    if uscc.startswith(_ENTERPRISE_PREFIXES):
        return ENTERPRISE
    if len(uscc) == 18 and uscc.startswith(_OTHER_PREFIXES):
        return FILE
    # An old registration number has no kind in its first digits, so the register's word decides.
    return ENTERPRISE if subject_kind in {"企业", "个体", "合作社"} else FILE


def national_record(content: Content) -> dict[str, Any]:
    """The record that the national credit system shows; the names of its fields are that system's own."""
    return {
        "raninsPlanId": content.plan_id,
        "raninsPlaneName": content.plan_name,  # sic
        "raninsTaskId": content.task_id,
        "raninsTaskName": content.task_name,
        "raninsTypeName": content.kind_of_draw,
        "insAuth": content.unit_name,
        "insDate": content.ended_on.isoformat(),
        "pripId": content.uscc,  # the national subject id is not ours to know; the code names the same subject
        "details": [
            {"seqno": number, "raninsItemName": item.name, "raninsCheckResName": item.result}
            for number, item in enumerate(content.items, start=1)
        ],
    }


def upload_minimum(content: Content) -> dict[str, str]:
    """The least that the collaborating platform's upload asks for."""
    return {
        "名称": content.subject_name,
        "统一代码": content.uscc,
        "检查实施机关": content.unit_name,
        "抽查检查类型": content.kind_of_draw,
        "日期": content.ended_on.isoformat(),
        "结果": subject_result_name(content.subject_result),
    }


def record_id_of(publication_id: str, sequence: int) -> str:
    """The id under which a record is sent: the same sending has the same id, however often it is repeated."""
    return str(natural_id("mirror", publication_id, str(sequence)))


def payload_of(record_id: str, operation: str, content: Content) -> bytes:
    """The exact bytes that are sent and kept; `operation` is i (first) or u (after a correction)."""
    return canonical(
        {
            "record_id": record_id,
            "operation": operation,
            "record": national_record(content),
            "upload": upload_minimum(content),
        }
    )


def task_of(payload: bytes) -> str:
    """The task that a record was sent for."""
    task_id: str = json.loads(payload)["record"]["raninsTaskId"]
    return task_id
