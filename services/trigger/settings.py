"""What trigger is told by its environment beside what every service is told."""

from pydantic import Field, SecretStr

from libs.common.settings import Settings


class TriggerSettings(Settings):
    """All names begin with SUNLOT_."""

    field_keys: SecretStr = Field(
        description="字段加密密钥 keys of protected fields: JSON {key id: base64 of 32 bytes}; the last one encrypts, "
        "all of them decrypt, so a key is changed by adding one at the end"
    )
    answer_timeout: float = Field(default=15.0, description="等待回推应答的秒数 seconds to wait for a callback")
    answer_poll: float = Field(default=1.0, description="回推间隔秒数 seconds between looks for answers to push")
