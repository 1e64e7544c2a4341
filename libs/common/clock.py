"""The one place that reads the time; everything below the doors is told it."""

from datetime import UTC, date, datetime, timedelta, timezone

# China has had one zone without summer time since 1991, so a fixed offset needs no zone database.
CHINA = timezone(timedelta(hours=8), "Asia/Shanghai")


def now() -> datetime:
    """The present moment, aware, in UTC."""
    return datetime.now(UTC)


def china_date(moment: datetime) -> date:
    """The calendar day on which `moment` (aware) falls in China."""
    return moment.astimezone(CHINA).date()
