"""Which files are kept as evidence: photographs and PDF, known by their first bytes, not by their names."""

from dataclasses import dataclass

from libs.common.errors import FieldError
from services.inspection.domain.errors import EvidenceRefused
from services.inspection.domain.record import Record, field_id

MAX_BYTES = 10 * 1024 * 1024
MAX_FILES = 60  # a case
GENERAL = "general"

_STARTS = (
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"%PDF-", "application/pdf"),
)


@dataclass(frozen=True, slots=True)
class File:
    """A file as it came in."""

    name: str
    content: bytes


def media_type_of(content: bytes) -> str:
    """The type that the first bytes tell, or nothing."""
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "image/webp"
    return next((kind for start, kind in _STARTS if content.startswith(start)), "")


def check_file(record: Record, about: str, file: File) -> str:
    """The media type of a file that may be kept; raises EvidenceRefused with what to do."""
    if about != GENERAL and not record.knows(about):
        raise EvidenceRefused(fields=[FieldError("about", "请选择证据所属的事项")])
    where = field_id(about, "file") if about != GENERAL else "file"
    kind = media_type_of(file.content)
    if not file.content:
        raise EvidenceRefused("请先选择文件再上传。", fields=[FieldError(where, "请先选择文件再上传")])
    if len(file.content) > MAX_BYTES:
        text = f"文件超过 {MAX_BYTES // 1024 // 1024} MB，请压缩后再上传"
        raise EvidenceRefused(text, fields=[FieldError(where, text)])
    if not kind:
        raise EvidenceRefused(fields=[FieldError(where, "只接受 JPEG、PNG、WebP 图片和 PDF 文件，请另选文件")])
    if len(record.evidence) >= MAX_FILES:
        text = f"一次检查最多保存 {MAX_FILES} 个证据文件"
        raise EvidenceRefused(text, fields=[FieldError(where, text)])
    return kind


def clean_name(name: str) -> str:
    """The file's own name without any path or control sign."""
    last = name.replace("\\", "/").rpartition("/")[2]
    return "".join(sign for sign in last if sign.isprintable()).strip()[:120] or "证据"
