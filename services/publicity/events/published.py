"""What publicity says: what the public sees, and what the national system answered."""

from datetime import datetime
from typing import ClassVar, Literal

from libs.common.messaging.envelope import Event


class EntryLogged(Event):
    """An entry stands in the public log and under its signed checkpoint. Aggregate: `log/<index>`."""

    TYPE: ClassVar[str] = "publicity.entry_logged"
    index: int  # of the leaf, from 0
    kind: str  # draw-commit, draw-seed, draw-result, draw-abort, draw-opened, publication, correction, mirror-receipt
    reference: str  # the draw id, or the publication id
    entry_sha256: str  # of the entry's canonical JSON
    leaf_hash: str
    tree_size: int
    root_hash: str
    checkpoint: str  # the signed note
    inclusion: list[str]  # hex path from the leaf to the root
    entry: str  # the logged bytes (canonical JSON), so that a receipt shows what it is for
    logged_at: datetime


class ResultPublished(Event):
    """A result is public (细则第十四条). Aggregate: `publication/<publication_id>`."""

    TYPE: ClassVar[str] = "publicity.result_published"
    publication_id: str
    case_id: str
    county: str
    uscc: str
    trigger_ids: list[str]
    published_at: datetime
    in_time: bool
    address: str  # path on the public site


class ResultCorrected(Event):
    """A publication was corrected; the earlier text stays visible (细则第十六条). Aggregate: `publication/<id>`."""

    TYPE: ClassVar[str] = "publicity.result_corrected"
    publication_id: str
    case_id: str
    county: str
    correction: int
    reason: str
    corrected_at: datetime


class MirrorReceipted(Event):
    """The national platform has answered (记名成功 / 记名不成功 / 处理中). Aggregate: `publication/<id>`."""

    TYPE: ClassVar[str] = "publicity.mirror_receipted"
    publication_id: str
    case_id: str
    county: str
    status: Literal["accepted", "refused", "pending"]
    code: str
    receipted_at: datetime
