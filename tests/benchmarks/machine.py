"""What a benchmark ran on, and the least time that this machine could need for the hashing alone."""

import hashlib
import os
import platform
import ssl
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import psutil

BUFFER = 64 << 20
BLOCK = 64  # bytes that SHA-256 takes at a time; a key, a bar and a code are 51 and fit one, padding included


@dataclass(frozen=True, slots=True)
class Machine:
    """Cores, their kind, the programs' versions; nanoseconds of one block; how busy it was before."""

    cores: int
    model: str
    memory_gib: int
    system: str
    python: str
    openssl: str
    postgres: str
    block_ns: float
    load: float  # how many others wanted a core in the minute before

    def document(self) -> dict[str, Any]:
        """The machine as kept in JSON."""
        return asdict(self)

    def floor(self, rows: int) -> float:
        """Seconds for one block a row on all cores, without any reading, sorting or language in between."""
        return rows * self.block_ns / 1e9 / self.cores


def this_machine(postgres: str) -> Machine:
    """Look at the machine and measure one core of it, each time the best of several."""
    load = os.getloadavg()[0]
    return Machine(
        cores=os.cpu_count() or 1,
        model=_model(),
        memory_gib=round(psutil.virtual_memory().total / (1 << 30)),
        system=f"{platform.system()} {platform.release()}",
        python=platform.python_version(),
        openssl=ssl.OPENSSL_VERSION,
        postgres=postgres,
        block_ns=min(_block() for _ in range(7)),
        load=load,
    )


def _model() -> str:
    try:
        text = Path("/proc/cpuinfo").read_text("utf-8")
    except OSError:
        return platform.processor() or platform.machine()
    models = [line.partition(":")[2].strip() for line in text.splitlines() if line.startswith("model name")]
    extra = "，SHA-NI" if " sha_ni" in text else ""
    return (models[0] if models else platform.machine()) + extra


def _block() -> float:
    buffer = bytes(BUFFER)
    began = time.perf_counter()
    hashlib.sha256(buffer).digest()
    return (time.perf_counter() - began) / (BUFFER / BLOCK) * 1e9
