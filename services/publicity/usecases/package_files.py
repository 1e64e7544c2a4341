"""The bytes of file packages, and receipts out of the bytes of a returned file."""

import csv
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from itertools import dropwhile
from typing import Any

from sqlalchemy import RowMapping

from libs.common.canonical import canonical
from libs.common.errors import FieldError
from libs.common.web.export import xlsx
from libs.common.web.tables import Column
from libs.common.workbook import read_first_sheet
from services.publicity.domain.errors import ReceiptFileWrong
from services.publicity.domain.mirror import Receipt, status_of

COLUMNS = (
    Column("record_id", "记录编号", code=True, width=38),
    Column("operation", "操作", width=6),
    Column("名称", "名称", width=36),
    Column("统一代码", "统一代码", code=True, width=22),
    Column("检查实施机关", "检查实施机关", width=32),
    Column("抽查检查类型", "抽查检查类型", width=14),
    Column("日期", "日期", width=12),
    Column("结果", "结果", width=24),
    Column("raninsPlanId", "raninsPlanId", code=True, width=18),
    Column("raninsTaskId", "raninsTaskId", code=True, width=22),
    Column("details", "事项及结果", width=60),
)
MOST_BYTES = 5 * 1024 * 1024
_ID, _STATUS, _CODE, _MESSAGE = "记录编号", "结果", "错误代码", "说明"


def package_json(rows: Sequence[RowMapping]) -> bytes:
    """The records exactly as the HTTP channel would send them, as one array."""
    return canonical([json.loads(bytes(row["payload"])) for row in rows])


def package_xlsx(rows: Sequence[RowMapping]) -> bytes:
    """One record a row, for the platform's upload form."""
    with xlsx(COLUMNS, (_cells(json.loads(bytes(row["payload"]))) for row in rows), "报送记录") as file:
        return file.read()


def read_receipts(name: str, data: bytes, now: datetime) -> list[Receipt]:
    """The receipts of a returned file, by its name's ending; slow. Raises ReceiptFileWrong with every wrong row."""
    if not data or len(data) > MOST_BYTES:
        raise ReceiptFileWrong(fields=[FieldError("file", "请选择平台返回的回执文件（5 MB 以内）。")])
    ending = name.lower().rpartition(".")[2]
    readers = {"xlsx": _from_xlsx, "xls": _from_xlsx, "csv": _from_csv, "json": _from_json}
    if ending not in readers:
        raise ReceiptFileWrong(fields=[FieldError("file", "只能读取 XLSX、CSV 或 JSON 格式的回执文件。")])
    try:
        rows = list(readers[ending](data))
    except (ValueError, IndexError, csv.Error) as error:
        message = "文件打不开，请使用平台下载的原始文件。"
        raise ReceiptFileWrong(fields=[FieldError("file", message)]) from error
    return _receipts(rows, now)


def _receipts(rows: Sequence[Mapping[str, Any]], now: datetime) -> list[Receipt]:
    found: list[Receipt] = []
    wrong: list[FieldError] = []
    for number, row in enumerate(rows, start=2):  # row 1 is the heading
        record_id, word = (str(row.get(name) or "").strip() for name in (_ID, _STATUS))
        if not record_id:
            wrong.append(FieldError("file", "缺少“记录编号”。", number))
            continue
        try:
            status = status_of(word)
        except ReceiptFileWrong as error:
            wrong.append(FieldError("file", error.detail, number))
            continue
        code, message = (str(row.get(name) or "").strip()[:200] for name in (_CODE, _MESSAGE))
        found.append(Receipt(record_id, status, code, message, now))
    if not rows:
        wrong.append(FieldError("file", f"文件中没有回执；表头应有：{_ID}、{_STATUS}、{_CODE}、{_MESSAGE}。"))
    if wrong:
        raise ReceiptFileWrong(fields=wrong[:200])
    return found


def _from_xlsx(data: bytes) -> Iterable[Mapping[str, Any]]:
    rows = list(dropwhile(lambda row: not any(row), read_first_sheet(data)))
    head = [str(cell).strip() for cell in rows[0]]
    return [dict(zip(head, row, strict=False)) for row in rows[1:]]


def _from_csv(data: bytes) -> Iterable[Mapping[str, Any]]:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("gb18030")
    return list(csv.DictReader(io.StringIO(text)))


def _from_json(data: bytes) -> Iterable[Mapping[str, Any]]:
    names = {"record_id": _ID, "status": _STATUS, "code": _CODE, "message": _MESSAGE}
    parsed = json.loads(data)
    if not isinstance(parsed, list) or not all(isinstance(row, dict) for row in parsed):
        raise ValueError("not an array of objects")
    return [{names.get(key, key): value for key, value in row.items()} for row in parsed]


def _cells(record: Mapping[str, Any]) -> Mapping[str, Any]:
    details = record["record"]["details"]
    lines = [f"{row['seqno']}. {row['raninsItemName']}：{row['raninsCheckResName']}" for row in details]
    return {
        "record_id": record["record_id"],
        "operation": record["operation"],
        "details": "；".join(lines),
        "raninsPlanId": record["record"]["raninsPlanId"],
        "raninsTaskId": record["record"]["raninsTaskId"],
        **record["upload"],
    }
