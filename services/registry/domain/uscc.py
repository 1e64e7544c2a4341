"""统一社会信用代码: its form, its check digit, and the kind of subject that it tells."""

import re
from dataclasses import dataclass
from typing import Final

from stdnum.cn import uscc

_FORM: Final = re.compile(r"[0-9A-HJ-NPQRTUWXY]{18}")
_OLD_NUMBER: Final = re.compile(r"\d{13}|\d{15}")
_KINDS: Final = {
    "91": "企业",
    "92": "个体",
    "93": "合作社",
    "11": "机关事业",
    "12": "机关事业",
    "13": "机关事业",
    "19": "机关事业",
}
KINDS: Final = ("企业", "个体", "合作社", "社会组织", "机关事业")


@dataclass(frozen=True, slots=True)
class CodeFinding:
    """What can be said of a code: an error (nothing can be done with it), or a doubt that a person may override."""

    error: str = ""
    doubt: str = ""


def examine(code: str) -> CodeFinding:
    """Look at a code of a subject: 18 signs with a check digit, or an old registration number of 13 or 15 digits."""
    if _OLD_NUMBER.fullmatch(code):
        return CodeFinding()
    if len(code) != 18:
        return CodeFinding(error=f"统一社会信用代码应为 18 位，现为 {len(code)} 位，请按营业执照填写")
    if not _FORM.fullmatch(code):
        return CodeFinding(error="统一社会信用代码含有不该出现的字符（不用 I、O、S、V、Z），请按营业执照填写")
    if not uscc.is_valid(code):
        # Codes from the pilot years fail the check and are real, so a person decides.
        return CodeFinding(doubt="校验位不符，请与营业执照核对；确认无误的可勾选“已核对，照此导入”")
    return CodeFinding()


def kind_of(code: str, enterprise_type: str = "") -> str:
    """The kind of subject: from the first two signs, for an old number from its type."""
    if len(code) == 18:
        return _KINDS.get(code[:2], "社会组织")
    return "个体" if "个体" in enterprise_type else "合作社" if "合作社" in enterprise_type else "企业"
