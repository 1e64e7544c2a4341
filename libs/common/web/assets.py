"""Static files: addressed by their content, kept by browsers for a year, served by every service alike."""

import hashlib
import re
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from starlette.applications import Starlette
from starlette.responses import Response
from starlette.staticfiles import StaticFiles

SHARED_STATIC: Final = Path(__file__).parent / "static"
_DIGEST_FOLDER: Final = re.compile(r"^([0-9a-f]{16})/(.+)$")
_A_YEAR: Final = "public, max-age=31536000, immutable"
_ASK_AGAIN: Final = "no-cache"


def static_folders(package_dir: Path) -> tuple[Path, ...]:
    """Folders a service serves static files from, its own `pages/static` before the shared one."""
    own = package_dir / "pages" / "static"
    return (own, SHARED_STATIC) if own.is_dir() else (SHARED_STATIC,)


@lru_cache(maxsize=256)
def _digest(path: Path, _modified_ns: int) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()[:16]


def content_digest(path: Path) -> str:
    """First 16 hex digits of a file's SHA-256, read again only when the file has changed."""
    return _digest(path, path.stat().st_mtime_ns)


class Assets:
    """The static files of one service below one prefix, e.g. `/draw/static`."""

    def __init__(self, prefix: str, folders: tuple[Path, ...]) -> None:
        self.prefix = prefix.rstrip("/")
        self.folders = folders

    def find(self, name: str) -> Path:
        """Return the file of that name; an unknown name raises FileNotFoundError, on the page that asks."""
        for folder in self.folders:
            path = folder / name
            if path.is_file():
                return path
        raise FileNotFoundError(f"no static file {name!r} in {', '.join(map(str, self.folders))}")

    def url(self, name: str) -> str:
        """Address of a file with its content's digest, e.g. /draw/static/0123456789abcdef/sunlot.css."""
        return f"{self.prefix}/{content_digest(self.find(name))}/{name}"


class _ContentAddressed(StaticFiles):
    """Serves `<digest>/<name>` for ever and `<name>`, or a digest of another release, with revalidation."""

    def __init__(self, assets: Assets) -> None:
        super().__init__(directory=assets.folders[0])
        self.all_directories = list(assets.folders)
        self._assets = assets

    async def get_response(self, path: str, scope: Mapping[str, Any]) -> Response:
        match = _DIGEST_FOLDER.match(path.replace("\\", "/"))
        name = match.group(2) if match else path
        response = await super().get_response(name, dict(scope))
        fresh = match is not None and content_digest(self._assets.find(name)) == match.group(1)
        response.headers["Cache-Control"] = _A_YEAR if fresh else _ASK_AGAIN
        return response


def mount_static(app: Starlette, prefix: str, package_dir: Path | None = None) -> None:
    """Serve the shared static files, and those of a service's `pages/static`, below a prefix of the app."""
    folders = (SHARED_STATIC,) if package_dir is None else static_folders(package_dir)
    app.mount(prefix, _ContentAddressed(Assets(prefix, folders)), name="static")
