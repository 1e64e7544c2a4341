"""A house of inspection for every test."""

import pytest

from services.inspection.app import SERVICE
from tests.conftest import MakeHouse
from tests.inspection.story import Story


@pytest.fixture
async def story(make_house: MakeHouse) -> Story:
    """Nothing has been heard yet."""
    return Story(await make_house(SERVICE))
