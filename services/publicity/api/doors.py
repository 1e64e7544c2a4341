"""What the routes of this service need beside the database: its settings, its signer, who may read and act."""

from typing import Annotated

from fastapi import Depends, Request

from libs.common.http.auth import Actor, Role, allow
from services.publicity.settings import PublicitySettings

Reader = Annotated[Actor, allow(Role.LEAD, Role.SECTION, Role.UNIT, Role.OFFICER, Role.AUDITOR)]
Publisher = Annotated[Actor, allow(Role.LEAD, Role.UNIT)]
Lead = Annotated[Actor, allow(Role.LEAD)]


def settings_of(request: Request) -> PublicitySettings:
    """The service's settings."""
    settings: PublicitySettings = request.app.state.settings
    return settings


Config = Annotated[PublicitySettings, Depends(settings_of)]
