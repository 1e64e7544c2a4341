"""The frozen pool (待抽名录): canonical rows, pages of 256 rows and the tree over them."""

import base64
import hashlib
import hmac
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import NamedTuple, NoReturn

from libs.common import merkle
from libs.common.errors import FieldError, Invalid
from services.draw.domain.rule import Filter, matches

COLUMNS = ("id", "county", "industry", "size", "type", "class", "eligible")
PAGE_ROWS = 256
CLASSES = ("A", "B", "C", "D", "U")  # 细则第六条: no credit class is a stratum of its own (未分类)
MASKED_ELIGIBLE = "-"
MASTER_BYTES = 32

_ID = re.compile(r"[0-9A-Z]{8,22}")
_COUNTY = re.compile(r"[0-9]{6}")
_REFUSED = re.compile("[\x00-\x1f\x7f-\x9f\\\\\u2028\u2029\ud800-\udfff]")


class PoolRowInvalid(Invalid):
    """A row can't stand in a pool; it is refused, never repaired."""


class PoolNotSorted(Invalid):
    """Rows must come strictly increasing by id, so that a firm can't stand in the pool twice."""


class PoolPageInvalid(Invalid):
    """The bytes are no page of a pool."""

    detail = "名录页的格式不正确：每行应有七列，以制表符分隔、换行符结尾。"


class MasterInvalid(Invalid):
    """The masking secret has the wrong length."""

    detail = "遮蔽主密钥必须为 32 字节随机数，请重新生成。"


class PoolRow(NamedTuple):
    """One subject as text cells; `eligible` is "1" or "0", or "-" in a masked row."""

    id: str
    county: str
    industry: str
    size: str
    type: str
    credit_class: str
    eligible: str

    @property
    def line(self) -> bytes:
        """The row's bytes in the pool file, with the final LF."""
        return ("\t".join(self) + "\n").encode()


def is_plain(text: str) -> bool:
    """Say whether a text may stand in a frozen document: NFC, no control, backslash or separator."""
    return not _REFUSED.search(text) and (text.isascii() or unicodedata.is_normalized("NFC", text))


def check_row(row: PoolRow, number: int) -> None:
    """Refuse a row that breaks the format; `number` counts from 1. Raises PoolRowInvalid."""
    if not _ID.fullmatch(row.id):
        refuse(number, row, "id", "统一社会信用代码应为 8 至 22 位数字或大写字母")
    if not _COUNTY.fullmatch(row.county):
        refuse(number, row, "county", "用工所在县区应为 6 位行政区划代码")
    if row.credit_class not in CLASSES:
        refuse(number, row, "class", "信用风险分类应为 A、B、C、D 或 U（未分类）")
    if row.eligible not in {"0", "1"}:
        refuse(number, row, "eligible", "可抽取标记应为 1 或 0")
    for column, name, cell in (
        ("industry", "所属行业", row.industry),
        ("size", "经营规模", row.size),
        ("type", "企业类型", row.type),
    ):
        if not is_plain(cell):
            refuse(number, row, column, f"{name}含有控制字符、反斜杠或未规范化的字符，请在名录库中改正")


def refuse(number: int, row: PoolRow, column: str, message: str) -> NoReturn:
    """Name the row, the column and what is wrong. Raises PoolRowInvalid."""
    raise PoolRowInvalid(
        f"名录第 {number} 行（{repr(row.id)[1:-1]}）不能冻结：{message}。", fields=[FieldError(column, message, number)]
    )


class Freezing:
    """Counts, checks and hashes a pool while its pages stream by; read the results afterwards."""

    def __init__(self, filter_: Filter = (), master: bytes | None = None) -> None:
        """Take the committed filter and, for the masked profile, the 32-byte master. Raises MasterInvalid."""
        if master is not None and len(master) != MASTER_BYTES:
            raise MasterInvalid
        self._filter = filter_
        self._master = master
        self.rows = 0
        self.ineligible = 0
        self.leaves: list[bytes] = []  # leaf hashes of the *published* pages
        self.eligible: Counter[str] = Counter()  # class → rows that may be drawn
        self.eligible_by_county: dict[str, Counter[str]] = {}  # county → class → rows that may be drawn

    def pages(self, rows: Iterable[PoolRow]) -> Iterator[bytes]:
        """Yield the open pages of checked rows (mask them with `mask_page` to publish).

        Raises PoolRowInvalid (format, or outside the filter) and PoolNotSorted.
        """
        previous = ""
        page: list[bytes] = []
        for number, row in enumerate(rows, 1):
            check_row(row, number)
            if row.id <= previous:
                raise PoolNotSorted(f"名录第 {number} 行（{row.id}）重复或次序不对，每户只能出现一次。")
            if not matches(self._filter, row):
                refuse(number, row, "filter", "不符合已登记的抽取条件（细则第八条）")
            previous = row.id
            self._count(row)
            page.append(row.line)
            if len(page) == PAGE_ROWS:
                yield self._close(page)
                page = []
        if page:
            yield self._close(page)

    def _count(self, row: PoolRow) -> None:
        self.rows += 1
        if row.eligible == "0":
            self.ineligible += 1
            return
        self.eligible[row.credit_class] += 1
        self.eligible_by_county.setdefault(row.county, Counter())[row.credit_class] += 1

    def _close(self, lines: list[bytes]) -> bytes:
        page = b"".join(lines)
        published = page if self._master is None else mask_page(page, self._master)
        self.leaves.append(merkle.leaf_hash(published))
        return page

    @property
    def root(self) -> str:
        """The root of the published pages so far, in hexadecimal."""
        return merkle.root(self.leaves).hex()


def parse_page(page: bytes) -> list[PoolRow]:
    """Return the rows of one page, open or masked. Raises PoolPageInvalid."""
    try:
        rows = [PoolRow(*line.split("\t")) for line in page.decode().split("\n")[:-1]]
    except (UnicodeDecodeError, TypeError) as error:
        raise PoolPageInvalid from error
    if not rows or len(rows) > PAGE_ROWS or not page.endswith(b"\n"):
        raise PoolPageInvalid
    return rows


def split_pages(tsv: bytes) -> Iterator[bytes]:
    """Cut a pool file into its pages of 256 rows. Raises PoolPageInvalid when the last line is not ended."""
    if tsv and not tsv.endswith(b"\n"):
        raise PoolPageInvalid
    lines = [line + b"\n" for line in tsv.split(b"\n")[:-1]]
    for start in range(0, len(lines), PAGE_ROWS):
        yield b"".join(lines[start : start + PAGE_ROWS])


def salt(master: bytes, subject_id: str) -> str:
    """Return a firm's own salt, 64 hexadecimal digits, with which it opens its masked row."""
    return hmac.new(master, subject_id.encode(), hashlib.sha256).hexdigest()


def masked_class(firm_salt: str, credit_class: str, eligible: str) -> str:
    """Return the 22 characters that stand for class and eligibility in a masked row."""
    digest = hashlib.sha256(f"{firm_salt}|{credit_class}|{eligible}".encode()).digest()
    return base64.urlsafe_b64encode(digest).decode()[:22]


def mask(row: PoolRow, master: bytes) -> PoolRow:
    """Return the row as the public sees it in the masked profile."""
    hidden = masked_class(salt(master, row.id), row.credit_class, row.eligible)
    return row._replace(credit_class=hidden, eligible=MASKED_ELIGIBLE)


def mask_page(page: bytes, master: bytes) -> bytes:
    """Return the published bytes of an open page. Raises PoolPageInvalid."""
    return b"".join(mask(row, master).line for row in parse_page(page))
