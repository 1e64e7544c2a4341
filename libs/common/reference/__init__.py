"""Small public reference data that every service needs in the same wording: the counties of the city."""

import csv
from dataclasses import dataclass
from importlib import resources
from typing import Final


@dataclass(frozen=True, slots=True)
class County:
    """One area of the city with its six-digit administrative code (GB/T 2260) and the codes it had before."""

    adcode: str
    name: str
    kind: str  # city | district | county | zone
    note: str = ""


def _load() -> dict[str, County]:
    text = resources.files(__package__).joinpath("counties.csv").read_text(encoding="utf-8")
    return {row["adcode"]: County(**row) for row in csv.DictReader(text.splitlines())}


AREAS: Final[dict[str, County]] = _load()
"""The city itself and its counties, by adcode."""

CITY: Final[County] = next(area for area in AREAS.values() if area.kind == "city")

COUNTIES: Final[tuple[County, ...]] = tuple(area for area in AREAS.values() if area.kind != "city")
"""The counties, districts and zones of the city, in the order of their codes."""


def county_name(adcode: str) -> str:
    """Return the name of an area by its adcode; an unknown code is returned as it is."""
    area = AREAS.get(adcode)
    return area.name if area else adcode
