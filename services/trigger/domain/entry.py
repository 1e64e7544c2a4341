"""A matter as a clerk, a file, a monitoring service or another authority brings it in, and by which door."""

import hashlib
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from libs.common.errors import FieldError

# By which door a signal came.
ORDER: Final = "order"
OPEN311: Final = "open311"
FORM: Final = "form"
UPLOAD: Final = "upload"
MONITORING: Final = "monitoring"
REFERRAL: Final = "referral"
SYSTEM: Final = "system"
CAME_BY: Final = {
    ORDER: "平台接口",
    OPEN311: "Open311",
    FORM: "人工登记",
    UPLOAD: "文件导入",
    MONITORING: "监测接口",
    REFERRAL: "转办接口",
    SYSTEM: "系统产生",
}

OFFICE: Final = "office"  # the platform of whatever no platform has sent

# What is brought in: 触发来源 of the notice (细则第二条、第四条), and the kind of a signal that is no complaint itself.
COMPLAINT: Final = "complaint"
MONITORED: Final = "monitoring"
REFERRED: Final = "referral"
SOURCE_OF: Final = {COMPLAINT: "投诉举报", MONITORED: "网络监测", REFERRED: "转办交办"}
MONITORED_KIND: Final = "网络监测"
REFERRED_KIND: Final = "转办交办"

COMPLAINT_CHANNELS: Final = ("来电", "来访", "来信", "网上留言", "日常巡查", "其他")
SEVERITIES: Final = ("一般", "较重", "严重")

ORDER_ID: Final = re.compile(r"[A-Za-z0-9._-]{3,80}")
_SIGNS: Final = str.maketrans({"[": "〔", "【": "〔", "]": "〕", "】": "〕"})
LONGEST_NUMBER: Final = 60


@dataclass(frozen=True, slots=True)
class Referral:
    """A document by which another authority referred a matter to us."""

    document_number: str
    sender: str
    reply_by: date


@dataclass(frozen=True, slots=True)
class Entry:
    """What was brought in; `protected` holds what is encrypted field by field."""

    order_id: str
    source: str
    kind: str
    channel: str
    category_path: list[str]
    urgency: str
    county: str
    employer_name: str
    employer_uscc: str
    accepted_at: datetime
    protected: Mapping[str, str]
    supervised: bool = False
    referral: Referral | None = None


def document_number(text: str) -> str:
    """A document's number in one form: 洛信转[2026] 15号 → 洛信转〔2026〕15号."""
    return "".join(unicodedata.normalize("NFKC", text).translate(_SIGNS).split())


def referral_id(referral: Referral, employer_name: str, employer_uscc: str, matter: str = "") -> str:
    """The id of one matter of a document: a document may refer several firms, each of them once.

    `matter` is the number that the sender gave it, if he did.
    """
    told = "|".join((referral.sender, referral.document_number, matter or f"{employer_name}|{employer_uscc}"))
    return f"{referral.document_number}-{hashlib.sha256(told.encode()).hexdigest()[:8]}"


def hit_id(url: str) -> str:
    """The id of a page that monitoring has found: one page is one signal, however often it is found."""
    return f"JC-{hashlib.sha256(url.strip().encode()).hexdigest()[:16]}"


def hit_text(url: str, title: str, excerpt: str) -> str:
    """What is kept of a page, encrypted: it may name whoever complained there."""
    lines = (("标题", title), ("摘要", excerpt), ("网址", url))
    return "\n".join(f"{name}：{words}" for name, words in lines if words)


def faults_of(referral: Referral, accepted_on: date) -> list[FieldError]:
    """What is to be mended about the document."""
    faults = []
    if not 4 <= len(referral.document_number) <= LONGEST_NUMBER:
        faults.append(FieldError("document_number", "请填写来文文号，如 洛信转〔2026〕15号，4 至 60 字"))
    if not 2 <= len(referral.sender) <= 100:
        faults.append(FieldError("sender", "请填写交办单位，2 至 100 字"))
    if referral.reply_by < accepted_on:
        faults.append(FieldError("reply_by", "办复期限不能早于收文日期，请核对来文"))
    return faults
