"""The words and tones of the pages."""

from typing import Final

from services.trigger.domain import answer, signal
from services.trigger.domain.category import CATEGORIES
from services.trigger.domain.rule import SOURCES
from services.trigger.store import answers

SIGNAL_STATES: Final = signal.STATES
SIGNAL_TONES: Final = {signal.WAITING: "warn", signal.MATCHED: "good", signal.RETURNED: "", signal.WARNING: "live"}
ANSWER_STATES: Final = answers.STATES
ANSWER_TONES: Final = {answers.WAITING: "warn", answers.SENT: "good", answers.STALLED: "bad"}
STAGES: Final = answer.STAGES
PARTS: Final = {"cause": "触发线索", "joined": "触发后并入"}
GROUPS: Final = {"county": "县区", "industry_letter": "行业门类", "subject": "检查对象"}
MODES: Final = {"directed_draw": "定向抽查（细则第八条）", "one_subject": "对该对象开展检查"}
CONDITIONS: Final = {"county": "县区", "industry": "行业门类", "id": "检查对象"}
SOURCE_OPTIONS: Final = [(source, source) for source in SOURCES]
CATEGORY_OPTIONS: Final = [(category, category) for category in CATEGORIES]
KIND_OPTIONS: Final = [(kind, kind) for kind in signal.KINDS]
