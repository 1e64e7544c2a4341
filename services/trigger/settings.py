"""What trigger is told by its environment beside what every service is told."""

from pydantic import Field, SecretStr, field_validator

from libs.common.settings import Settings
from services.trigger.domain.callback import read_networks
from services.trigger.domain.retention import SHORTEST


class TriggerSettings(Settings):
    """All names begin with SUNLOT_."""

    field_keys: SecretStr = Field(
        description="字段加密密钥 keys of protected fields: JSON {key id: base64 of 32 bytes}; the last one encrypts, "
        "all of them decrypt, so a key is changed by adding one at the end"
    )
    authority: str = Field(default="洛阳市人力资源和社会保障局", description="受理机关 the agency named by Open311")
    open311_jurisdiction: str = Field(default="410300", description="Open311 的辖区 jurisdiction_id that is served")
    insured_share: float = Field(
        default=0.7, gt=0, le=1, description="参保比例下限 insured by headcount; less is a signal of registry's"
    )
    uninsured_at_least: int = Field(
        default=10, ge=1, description="未参保人数下限 people without insurance; fewer are no signal of registry's"
    )
    duplicate_days: int = Field(
        default=30, ge=0, description="重复反映的天数 days within which the same matter counts as told again; 0: never"
    )
    answer_timeout: float = Field(
        default=15.0,
        ge=1,
        le=30,
        description="等待回推应答的秒数 seconds to wait for a callback; less than half a lease",
    )
    answer_poll: float = Field(default=1.0, gt=0, description="回推间隔秒数 seconds between looks for answers to push")
    callback_networks: str = Field(
        default="",
        description="平台回推地址可以所在的内部网段 networks inside which callbacks may be called beside public "
        "addresses: CIDR, parted by commas",
    )
    erase_after_days: int = Field(
        default=1095,
        description="办结后多少日清除反映人信息和反映内容，0 为不清除 days after closing; 0 = never, else ≥ 366",
    )

    @field_validator("callback_networks")
    @classmethod
    def networks_as_such(cls, text: str) -> str:
        """Networks that can't be read are told at the start."""
        try:
            read_networks(text)
        except ValueError:
            raise ValueError("SUNLOT_CALLBACK_NETWORKS 应为以逗号分隔的网段，如 10.20.0.0/16") from None
        return text

    @field_validator("erase_after_days")
    @classmethod
    def not_while_a_rule_counts(cls, days: int) -> int:
        """Rules tell complainants apart for up to SHORTEST days."""
        if days and days < SHORTEST:
            raise ValueError(f"SUNLOT_ERASE_AFTER_DAYS 应为 0（不清除）或不少于 {SHORTEST} 日")
        return days
