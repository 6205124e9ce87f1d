"""The settings of the triage desk: where it listens, what it keeps, how people sign in. Part of `hub.settings`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings

Port = Annotated[int, Field(ge=0, le=65535)]


class DeskSettings(BaseSettings):
    """What can be set of the desk."""

    desk_host: str = Field(
        "127.0.0.1",
        description="Address that the triage desk listens on. Demonstration sign-in works on this machine alone.",
        examples=["0.0.0.0"],  # noqa: S104 - an example
    )
    desk_port: Port = Field(
        8460,
        description="Port of the triage desk; 0: `mash up` starts none.",
        json_schema_extra={"unit": "TCP port"},
    )
    desk_url: str = Field(
        "",
        description="The desk's address as people type it, where a proxy with TLS stands before it.",
        examples=["https://desk.mash.example"],
        pattern=r"^$|^https?://[^\s/]+$",
    )
    desk_database: SecretStr | None = Field(
        None,
        description="The desk's SQL database. Default: SQLite in `<data_dir>/desk`. PostgreSQL: see the example.",
        examples=["postgresql+psycopg://desk:secret@db.example/desk"],
    )
    desk_scanner: str = Field(
        "",
        description="clamd, which scans files of the front door for viruses: `HOST:PORT`, or the path of its socket. "
        "Default: none, and the desk says beside each file that it was not scanned.",
        examples=["127.0.0.1:3310", "/run/clamav/clamd.ctl"],
        pattern=r"^$|^/\S+$|^\S+:\d+$",
    )
    desk_sign_in: Literal["", "demo", "oidc"] = Field(
        "",
        description="`demo`: as any of a row of made-up people, on this machine alone. `oidc`: by OpenID Connect. "
        "Default: oidc where an issuer is set, else demo.",
    )
    desk_oidc_issuer: str = Field(
        "",
        description="The OpenID Connect provider that staff sign in with.",
        examples=["https://login.council.example/tenant"],
        pattern=r"^$|^https?://\S+$",
    )
    desk_oidc_client_id: str = Field("", description="The desk's client id there.", examples=["mash-desk"])
    desk_oidc_client_secret_file: Path | None = Field(
        None,
        description="File of the client secret, one line, readable by its owner alone. Default: none (PKCE).",
        examples=["/etc/mash-hub/desk-oidc.secret"],
    )
    desk_oidc_account_claim: str = Field(
        "preferred_username",
        description="The claim that is a person's account here. It stands behind all they do and decides what they may "
        "see: take one that is never given to somebody else (`sub`, where names are given again).",
    )
    desk_oidc_roles_claim: str = Field(
        "roles", description="The claim that lists a person's roles: screener, decision_maker, duty_manager ..."
    )
    desk_oidc_agency_claim: str = Field(
        "agency", description="The claim that names a researcher's agency, as in the sharing agreement."
    )
    desk_session_minutes: int = Field(
        30,
        description="After so long without a click, one has to sign in again.",
        ge=1,
        le=720,
        json_schema_extra={"unit": "minutes"},
    )
    desk_staff_file: Path | None = Field(
        None,
        description="YAML file of what is known of staff, by account, so that conflicts of interests are seen: family "
        "names, postcodes, telephones, e-mail addresses, employers. Default: family names from the sign-in alone.",
        examples=["/etc/mash-hub/staff.yaml"],
    )
    desk_requests_per_minute: int = Field(
        300,
        description="Pages that one person may ask for; more are refused for a while.",
        ge=10,
        le=100_000,
        json_schema_extra={"unit": "requests a minute"},
    )
    desk_public_form: bool = Field(
        True,
        description="Whether the desk shows the form on which anybody, without signing in, can tell of a worry.",
    )
    desk_public_pages_per_minute: int = Field(
        60,
        description="Pages without sign-in that one address on the network may ask for; more are refused for a while.",
        ge=10,
        le=100_000,
        json_schema_extra={"unit": "requests a minute"},
    )
    desk_public_forms_per_hour: int = Field(
        60,
        description="How often one address on the network may press a button on forms without sign-in (a library or a "
        "school has one address for all; a form takes two to five): after that it is told whom to ring.",
        ge=1,
        le=100_000,
        json_schema_extra={"unit": "an hour"},
    )
