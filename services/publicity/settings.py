"""What publicity is told by its environment beside what every service is told."""

import re

from pydantic import Field, SecretStr, field_validator

from libs.common.settings import Settings, secret
from services.publicity.domain.note import Signer

_SEED = re.compile(r"[0-9a-f]{64}")


class PublicitySettings(Settings):
    """All names begin with SUNLOT_."""

    log_key: SecretStr = Field(
        description="signs checkpoints: a note signer key PRIVATE+KEY+name+hash+base64, or 64 hex digits of a seed"
    )
    log_origin: str = Field(
        default="sunlot/log", pattern=r"^[^\s+]+$", description="name of the log when the key is a seed"
    )
    mirror_url: str = Field(
        default="", description="where records are pushed (POST /records); empty: every record goes as a file"
    )
    mirror_timeout: float = Field(default=10, gt=0, description="seconds to wait for the platform's answer")
    mirror_retry: float = Field(default=5, gt=0, description="seconds before the first repetition; doubles")
    mirror_poll: float = Field(default=1, gt=0, description="seconds between looks for records to send")
    deadline_watch: float = Field(default=3600, gt=0, description="seconds between looks at provisional deadlines")

    @field_validator("log_key")
    @classmethod
    def _is_a_key(cls, value: SecretStr) -> SecretStr:
        text = secret(value)
        if not _SEED.fullmatch(text):
            Signer.parse(text)
        return value

    @property
    def signer(self) -> Signer:
        """Who signs the log's checkpoints."""
        text = secret(self.log_key)
        return Signer.from_seed(self.log_origin, bytes.fromhex(text)) if _SEED.fullmatch(text) else Signer.parse(text)
