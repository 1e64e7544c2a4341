"""Writes the contracts anew from what consumers read: `python -m tests.contracts.write`."""

import tempfile
from pathlib import Path

from tests.architecture.test_events import PACTS
from tests.contracts.agreements import PAIRS, draft, pact_file


def main() -> None:
    """One file a pair of services; the library would add to a file that is there."""
    PACTS.mkdir(exist_ok=True)
    for consumer, producer in sorted(PAIRS):
        with tempfile.TemporaryDirectory() as folder:
            draft(consumer, producer).write_file(folder, overwrite=True)
            written = next(Path(folder).glob("*.json"))
            pact_file(consumer, producer).write_text(written.read_text("utf-8") + "\n", "utf-8")


if __name__ == "__main__":
    main()
