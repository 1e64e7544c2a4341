"""Writes the JSON Schemas of all published events beside their models: `python -m deploy.schemas`."""

import importlib

from libs.common.messaging.schemas import generated_schema, published_events, schema_file

SERVICES = ("registry", "trigger", "draw", "inspection", "publicity")


def main() -> None:
    """Write every schema and say which changed."""
    for service in SERVICES:
        for event in published_events(importlib.import_module(f"services.{service}.events.published")):
            file, text = schema_file(event), generated_schema(event)
            if not file.exists() or file.read_text("utf-8") != text:
                file.parent.mkdir(exist_ok=True)
                file.write_text(text, "utf-8")
                print(f"written: {file.relative_to(file.parents[4])}")


if __name__ == "__main__":
    main()
