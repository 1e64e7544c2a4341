"""What of a protected order rules may know: which kinds of severe words it holds, and that two orders are one person's.

Both are worked out while the order is taken in, before its text is encrypted; neither repeats what was said.
"""

import unicodedata
from collections.abc import Mapping
from typing import Final

# The flag that a rule names → the words of which one is enough.
SEVERE: Final[Mapping[str, tuple[str, ...]]] = {
    "极端行为": ("跳楼", "自杀", "轻生", "自焚", "同归于尽", "不想活"),
    "群体事件": ("集体", "聚集", "围堵", "堵路", "堵门", "拉横幅", "上访", "几十人", "上百人", "数十名", "数百名"),
    "人身伤害": ("殴打", "打伤", "受伤", "死亡", "中毒", "威胁", "恐吓", "限制人身自由"),
    "使用童工": ("童工", "未满16", "未满十六"),
    "扣押财物": ("扣押身份证", "扣身份证", "扣证件", "押金", "保证金不退"),
    "恶意欠薪": ("跑路", "失联", "转移财产", "恶意欠薪", "卷款", "逃匿"),
    "高温中暑": ("中暑", "热射病"),
}

_ENOUGH_WORDS: Final = 20  # characters; 拖欠工资 alone is said by many

# By what a person is known again, the surest first; a name is shared by many.
_KNOWN_BY: Final = ("reporter_phone", "reporter_id_number", "reporter_email")


def flags_in(text: str) -> list[str]:
    """The flags whose words stand in `text`, in the order of SEVERE."""
    plain = "".join(unicodedata.normalize("NFKC", text).split())
    return [flag for flag, words in SEVERE.items() if any(word in plain for word in words)]


def same_words(text: str) -> str:
    """What tells a text from others however it is spaced, or nothing for a few words; only ever hashed with a key."""
    plain = "".join(unicodedata.normalize("NFKC", text).split())
    return f"words {plain}" if len(plain) >= _ENOUGH_WORDS else ""


def known_by(protected: Mapping[str, str]) -> str:
    """What tells this complainant from others, or nothing for an anonymous report; only ever hashed with a key."""
    for field in _KNOWN_BY:
        value = unicodedata.normalize("NFKC", protected.get(field, "")).strip().upper()
        if field == "reporter_phone":
            value = "".join(sign for sign in value if sign.isdigit())[-11:]  # with or without +86
        if value:
            return f"{field} {value}"
    return ""
