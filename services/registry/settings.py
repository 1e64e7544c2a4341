"""What registry is told by its environment beside what every service is told."""

from pydantic import Field, SecretStr

from libs.common.settings import Settings


class RegistrySettings(Settings):
    """All names begin with SUNLOT_."""

    session_private_key: SecretStr = Field(
        description="Ed25519 private JWK (JSON) that signs session tokens 会话签名私钥"
    )
    first_admin_password: SecretStr | None = Field(
        default=None, description="password of the account `admin`, made when no account exists yet 首个管理员口令"
    )
    trusted_proxies: str = Field(
        default="127.0.0.0/8,::1/128,10.0.0.0/8,172.16.0.0/12,192.168.0.0/16",
        description="networks whose X-Forwarded-For is believed, comma-separated 可信代理网段",
    )
