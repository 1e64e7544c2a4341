"""What trigger is told by its environment beside what every service is told."""

from pydantic import Field, SecretStr

from libs.common.settings import Settings


class TriggerSettings(Settings):
    """All names begin with SUNLOT_."""

    field_keys: SecretStr = Field(
        description="字段加密密钥 keys of protected fields: JSON {key id: base64 of 32 bytes}; the last one encrypts, "
        "all of them decrypt, so a key is changed by adding one at the end"
    )
    authority: str = Field(default="洛阳市人力资源和社会保障局", description="受理机关 the agency named by Open311")
    open311_jurisdiction: str = Field(default="410300", description="Open311 的辖区 jurisdiction_id that is served")
    answer_timeout: float = Field(default=15.0, description="等待回推应答的秒数 seconds to wait for a callback")
    answer_poll: float = Field(default=1.0, description="回推间隔秒数 seconds between looks for answers to push")
