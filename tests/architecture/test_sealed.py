"""No encrypted column is forgotten by rotation and erasure."""

import re

from sqlalchemy import LargeBinary

from services.trigger.app import SERVICE
from services.trigger.store.sealed import SEALED
from tests.conftest import ROOT


def test_every_column_of_bytes_of_trigger_is_registered_with_its_key() -> None:
    columns = {
        f"{table.name}.{column.name}"
        for table in SERVICE.metadata.sorted_tables
        for column in table.columns
        if isinstance(column.type, LargeBinary)
    }
    assert columns == {one.name for one in SEALED}


def test_what_is_registered_names_columns_that_are_there_and_a_key_that_can_be_walked() -> None:
    for one in SEALED:
        named = set(re.findall(r"\{(\w+)\}", one.owner + one.field)) | {one.key, one.data}
        assert named | ({one.signal} if one.signal else set()) <= set(one.table.c.keys()), one.name
        # What a value is bound to may not change, or it could not be opened: it is part of the row's name.
        assert named - {one.key, one.data} <= {column.name for column in one.table.primary_key.columns}, one.name


def test_what_belongs_to_a_signal_is_erased_with_it() -> None:
    """A table of a signal's encrypted values says which column is the signal's."""
    owned = {one.name for one in SEALED if "signal_id" in one.table.c}
    assert owned == {one.name for one in SEALED if one.signal}


def test_nothing_is_encrypted_outside_of_the_vault() -> None:
    users = [
        file.relative_to(ROOT).as_posix()
        for file in sorted((ROOT / "services").rglob("*.py"))
        if "AESGCM" in file.read_text("utf-8")
    ]
    assert users == ["services/trigger/store/vault.py"]
