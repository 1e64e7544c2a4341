"""What a program is told by its environment, read once at start; every name begins with SUNLOT_."""

import tomllib
from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

ROOT = Path(__file__).resolve().parents[2]


class Settings(BaseSettings):
    """Common to the five services; a service adds its own in its `settings.py`."""

    # An error of one setting would show the others beside it, keys and passwords too.
    model_config = SettingsConfigDict(env_prefix="SUNLOT_", frozen=True, extra="ignore", hide_input_in_errors=True)

    database_url: str = Field(description="postgresql+asyncpg://user:password@host:port/sunlot_<service>")
    amqp_url: str = Field(description="amqp://user:password@host:port/vhost")
    host: str = "127.0.0.1"
    port: int = 8001
    public_url: str = Field(default="http://127.0.0.1:8000", description="where people reach the gateway")
    session_public_key: str = Field(description="Ed25519 public JWK (JSON) that checks session tokens")
    secure_cookies: bool = Field(default=False, description="true behind HTTPS")
    counties_file: Path = ROOT / "deploy" / "counties.toml"
    county_group: str = Field(default="*", description="the county group this consumer serves; * for every group")
    pool_size: int = 10
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    inbox_days: int = Field(
        default=180, ge=90, description="收件记录保存日数 days for which messages heard are remembered one by one"
    )
    metrics_port: int = Field(default=0, description="where consume and relay show /metrics and /healthz; 0: nowhere")

    def county_groups(self) -> dict[str, list[str]]:
        """Group name → county codes, from `counties.toml`; a county stands in exactly one group."""
        return read_county_groups(self.counties_file)


def read_county_groups(file: Path) -> dict[str, list[str]]:
    """Group name → county codes; raises ValueError when a county stands in two groups."""
    groups: dict[str, list[str]] = tomllib.loads(file.read_text("utf-8"))["groups"]
    seen: dict[str, str] = {}
    for group, counties in groups.items():
        for county in counties:
            if county in seen:
                raise ValueError(f"{file}: county {county} stands in group {seen[county]} and in {group}")
            seen[county] = group
    return groups


def secret(value: SecretStr) -> str:
    """The secret itself; the one word to search for when looking where secrets are opened."""
    return value.get_secret_value()
