"""What all steps of the story share: who is there, where the others are, what must be remembered between runs."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

import httpx

from deploy.local.story.people import People
from deploy.local.story.progress import Progress
from libs.common import clock

Json = dict[str, Any]
Nothing = Callable[[], Awaitable[None]]


@dataclass
class Scene:
    """The stage of one story."""

    url: str  # of the gateway
    home: Path  # what the story remembers
    outside: httpx.AsyncClient  # to the stand-ins
    hotline: str
    national: str
    people: People
    show: Progress
    start_hotline: Callable[[str], Awaitable[None]]  # with the platform's key
    all_have_heard: Callable[[str], Awaitable[bool]]  # everything that a service has said
    today: date  # in China
    orders: int = 60
    subjects: int = 20_000
    hotline_from_the_start: bool = False  # the stand-in that runs has been told everything; it forgets at its end
    memory: Json = field(default_factory=dict)

    def recall(self) -> None:
        """Read what an earlier run has remembered."""
        if self._file.exists():
            self.memory = json.loads(self._file.read_text("utf-8"))

    def remember(self, **facts: Any) -> None:
        """Keep facts that the doors do not tell again: keys shown once, a party's number before it is revealed."""
        self.memory |= facts
        self._file.touch(mode=0o600)
        self._file.write_text(json.dumps(self.memory, ensure_ascii=False, indent=1), "utf-8")

    def moment(self, name: str) -> datetime:
        """The moment that is called `name`: now, the first time; the same in every later run."""
        if name not in self.memory:
            self.remember(**{name: datetime.now(clock.CHINA).replace(microsecond=0).isoformat()})
        return datetime.fromisoformat(self.memory[name])

    @property
    def _file(self) -> Path:
        return self.home / "story.json"
