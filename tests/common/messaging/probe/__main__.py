"""`python -m tests.common.messaging.probe COMMAND`: the probe as a process that can be killed, under any name."""

import os
from dataclasses import replace

from libs.common.cli import main
from tests.common.messaging.probe.service import SERVICE

if __name__ == "__main__":
    main(replace(SERVICE, name=os.environ.get("PROBE_NAME", SERVICE.name)))
