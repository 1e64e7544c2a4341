"""What a form of the record says, as the domain knows it."""

from datetime import date, datetime

from starlette.datastructures import FormData

from libs.common import clock
from libs.common.errors import FieldError, Invalid
from services.inspection.domain.record import (
    Conclusion,
    ItemEntry,
    NonCooperation,
    Part,
    Signature,
    Visit,
    empty,
    field_id,
)


def optional_day(name: str, text: str) -> date | None:
    """A day as a date field sends it, None for nothing; raises Invalid for anything else."""
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Invalid(fields=[FieldError(name, "请填写日期，如 2026-11-22")]) from None


def local_minute(moment: datetime | None) -> str:
    """A moment as a datetime-local field wants it, in China's time."""
    return moment.astimezone(clock.CHINA).strftime("%Y-%m-%dT%H:%M") if moment else ""


def _optional_moment(name: str, text: str) -> datetime | None:
    if not text:
        return None
    try:
        return datetime.fromisoformat(text).replace(tzinfo=clock.CHINA)
    except ValueError:
        raise Invalid(fields=[FieldError(name, "请填写日期和时间，如 2026-11-22 15:30")]) from None


def part_from_form(name: str, form: FormData) -> Part:
    """The part that the form of this name holds; a name that is none raises KeyError."""

    def text(field_name: str) -> str:
        # Browsers send line ends as CR LF; one form of a text makes saving it twice one version.
        return str(form.get(field_id(name, field_name), "")).replace("\r\n", "\n").strip()

    match empty(name):
        case ItemEntry():
            return ItemEntry(text("result"), text("facts"))
        case NonCooperation():
            return NonCooperation(text("facts"))
        case Visit():
            return Visit(
                methods=tuple(sorted({str(value) for value in form.getlist("methods")})),
                ended_at=_optional_moment("ended_at", text("ended_at")),
                assistants=text("assistants"),
                situation=text("situation"),
            )
        case Conclusion():
            return Conclusion(
                subject_result=text("subject_result"),
                follow_up=text("follow_up"),
                rectify_by=optional_day("rectify_by", text("rectify_by")),
                requirements=text("requirements"),
            )
        case Signature():
            return Signature(
                **{field_name: text(field_name) for field_name in Signature.__dataclass_fields__},
            )
