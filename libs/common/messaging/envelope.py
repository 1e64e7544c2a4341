"""An event and its envelope: CloudEvents 1.0 binary mode over AMQP, the body is the data alone."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from pydantic import BaseModel, ConfigDict

PREFIX = "cloudEvents_"


class Event(BaseModel):
    """What a service says; defined in its `events/published.py`. Never holds informant data."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    TYPE: ClassVar[str]  # "<service>.<what happened>", past tense
    MAJOR: ClassVar[int] = 1  # within a major only optional additions


class Received(BaseModel):
    """The part of another service's event that a consumer relies on; defined in its `events/received.py`."""

    model_config = ConfigDict(frozen=True, extra="ignore")
    TYPE: ClassVar[str]
    MAJOR: ClassVar[int] = 1


class Undecodable(Exception):
    """The message is not one of ours: it is parked at once."""


@dataclass(frozen=True, slots=True)
class Envelope:
    """Everything about a message but its data."""

    event_id: UUID
    type: str
    major: int
    aggregate_id: str
    version: int  # of the aggregate's stream, dense from 1
    county: str
    occurred_at: datetime
    correlation_id: str
    causation_id: UUID | None

    @property
    def producer(self) -> str:
        """The service that said it."""
        return self.type.partition(".")[0]

    @property
    def stream(self) -> str:
        """The order to keep: one aggregate of one producer."""
        return f"{self.producer}/{self.aggregate_id}"

    @property
    def routing_key(self) -> str:
        """`<service>.<event>.v<major>.<county6>`."""
        return f"{self.type}.v{self.major}.{self.county}"

    def headers(self) -> dict[str, str]:
        """The CloudEvents headers."""
        attributes = {
            "specversion": "1.0",
            "id": str(self.event_id),
            "type": f"{self.type}.v{self.major}",
            "source": f"/sunlot/{self.producer}",
            "subject": self.aggregate_id,
            "time": self.occurred_at.isoformat(),
            "county": self.county,
            "aggregateid": self.aggregate_id,
            "aggregateversion": str(self.version),
            "correlationid": self.correlation_id,
            "dataschema": f"urn:sunlot:event:{self.type}.v{self.major}",
        }
        if self.causation_id:
            attributes["causationid"] = str(self.causation_id)
        return {PREFIX + name: value for name, value in attributes.items()}

    @classmethod
    def from_headers(cls, headers: Mapping[str, Any]) -> "Envelope":
        """Read the CloudEvents headers; raises Undecodable when one is missing or wrong."""
        try:
            kind, _, major = str(headers[PREFIX + "type"]).rpartition(".v")
            causation = headers.get(PREFIX + "causationid")
            return cls(
                event_id=UUID(str(headers[PREFIX + "id"])),
                type=kind,
                major=int(major),
                aggregate_id=str(headers[PREFIX + "aggregateid"]),
                version=int(str(headers[PREFIX + "aggregateversion"])),
                county=str(headers[PREFIX + "county"]),
                occurred_at=datetime.fromisoformat(str(headers[PREFIX + "time"])),
                correlation_id=str(headers[PREFIX + "correlationid"]),
                causation_id=UUID(str(causation)) if causation else None,
            )
        except (KeyError, ValueError) as error:
            raise Undecodable(f"envelope: {error!r}") from error
