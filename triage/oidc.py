"""Sign-in by OpenID Connect: authorization code with PKCE, state and nonce, by authlib. Makes no session and no page.

Roles and agency come from claims of the ID token; somebody without a role of the desk is not let in.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import requests
from authlib.integrations.base_client import OAuthError
from authlib.integrations.requests_client import OAuth2Session
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from hub.errors import Fatal, Retriable
from hub.kafka.clients import OTHERS_MAY_READ
from hub.settings import Settings, SettingWrong
from triage.access import Visitor
from triage.roles import Role

SCOPE = "openid profile"
SECONDS = 10
LEEWAY_SECONDS = 60
"""Two machines' clocks differ by so much at most."""
ALGORITHMS = ["RS256", "PS256", "ES256", "EdDSA"]


class NotSignedIn(Fatal):
    """The provider, or what it says of the person, does not let them in."""


class ProviderAway(Retriable):
    """The provider does not answer."""


@dataclass(frozen=True, slots=True)
class Away:
    """Where to send the browser, and what to remember until it is back."""

    url: str
    remembered: dict[str, str]


class Provider:
    """The provider of the settings; what it publishes of itself is fetched when it is first needed."""

    def __init__(self, settings: Settings) -> None:
        """Of the settings.

        Raises:
            SettingWrong: issuer or client id is missing, or the secret cannot be read.
        """
        if not settings.desk_oidc_issuer or not settings.desk_oidc_client_id:
            raise SettingWrong(
                "Sign-in by OpenID Connect needs HUB_DESK_OIDC_ISSUER and HUB_DESK_OIDC_CLIENT_ID, and one is not set.",
                "Set both; `mash settings` says what they are.",
            )
        self._settings = settings
        self._secret = _secret(settings)
        self._metadata: dict[str, Any] = {}

    def begin(self, back: str) -> Away:
        """Towards the provider.

        Raises:
            ProviderAway: it does not answer.
        """
        found = self._discover()
        remembered = {"verifier": secrets.token_urlsafe(48), "nonce": secrets.token_urlsafe(24)}
        with self._client(back) as client:
            url, state = client.create_authorization_url(
                found["authorization_endpoint"], code_verifier=remembered["verifier"], nonce=remembered["nonce"]
            )
        return Away(url, remembered | {"state": state})

    def finish(self, given: Mapping[str, str], remembered: Mapping[str, str], back: str) -> Visitor:
        """Who has come back.

        Raises:
            NotSignedIn: the provider refused, the answer is not to our question, or they have no role here.
            ProviderAway: it does not answer.
        """
        if not secrets.compare_digest(given.get("state", ""), remembered["state"]) or "code" not in given:
            raise NotSignedIn("Signing in did not work.", "Begin again at the start page.")
        found = self._discover()
        try:
            with self._client(back) as client:
                token = client.fetch_token(
                    found["token_endpoint"], code=given["code"], code_verifier=remembered["verifier"], timeout=SECONDS
                )
        except (OAuthError, requests.RequestException) as error:
            raise ProviderAway(
                f"The sign-in provider did not take the answer ({type(error).__name__}).", "Begin again."
            ) from error
        claims = self._claims(token.get("id_token", ""), found, remembered["nonce"])
        return self._visitor(self._complete(claims, found, token.get("access_token", "")))

    def _claims(self, token: str, found: Mapping[str, Any], nonce: str) -> Mapping[str, Any]:
        keys = KeySet.import_key_set(_get(found["jwks_uri"]))
        try:
            decoded = jwt.decode(token, keys, algorithms=ALGORITHMS)
            claims = CodeIDToken(
                decoded.claims,
                decoded.header,
                {
                    "iss": {"essential": True, "value": found["issuer"]},
                    "aud": {"essential": True, "value": self._settings.desk_oidc_client_id},
                },
                {"nonce": nonce, "client_id": self._settings.desk_oidc_client_id},
            )
            claims.validate(leeway=LEEWAY_SECONDS)
        except (JoseError, ValueError) as error:
            raise NotSignedIn(
                f"What the sign-in provider says cannot be trusted ({type(error).__name__}).", "Tell whoever runs it."
            ) from error
        return dict(claims)

    def _complete(self, claims: Mapping[str, Any], found: Mapping[str, Any], access: str) -> Mapping[str, Any]:
        """Many providers put roles into the ID token; OpenID Connect Core (5.4) has them in the userinfo answer."""
        if self._settings.desk_oidc_roles_claim in claims or "userinfo_endpoint" not in found:
            return claims
        told = _get(found["userinfo_endpoint"], access)
        if told.get("sub") != claims["sub"]:
            raise NotSignedIn("The sign-in provider speaks of somebody else.", "Tell whoever runs it.")
        return {**told, **claims}

    def _visitor(self, claims: Mapping[str, Any]) -> Visitor:
        given = claims.get(self._settings.desk_oidc_roles_claim, [])
        named = given.split() if isinstance(given, str) else [str(role) for role in given]
        roles = frozenset(Role(role) for role in named if role in set(Role))
        agency = str(claims.get(self._settings.desk_oidc_agency_claim, "") or "")
        if Role.AGENCY_RESEARCHER in roles and not agency:
            roles -= {Role.AGENCY_RESEARCHER}
        if not roles:
            raise NotSignedIn(
                "You are signed in, but you have no role at this desk.",
                "Ask whoever looks after accounts to give you one: screener, decision_maker, duty_manager ...",
            )
        account = str(claims.get(self._settings.desk_oidc_account_claim) or claims["sub"])
        return Visitor(account, str(claims.get("name") or account), roles, agency)

    def _discover(self) -> dict[str, Any]:
        if not self._metadata:
            issuer = self._settings.desk_oidc_issuer.rstrip("/")
            found = _get(f"{issuer}/.well-known/openid-configuration")
            if str(found.get("issuer", "")).rstrip("/") != issuer:
                raise NotSignedIn("The sign-in provider calls itself by another name.", "Correct HUB_DESK_OIDC_ISSUER.")
            self._metadata = found
        return self._metadata

    def _client(self, back: str) -> OAuth2Session:
        return OAuth2Session(
            self._settings.desk_oidc_client_id,
            self._secret or None,
            scope=SCOPE,
            redirect_uri=back,
            code_challenge_method="S256",
            token_endpoint_auth_method="client_secret_basic" if self._secret else "none",
        )


def _get(url: str, access: str = "") -> Any:
    headers = {"Authorization": f"Bearer {access}"} if access else {}
    try:
        answer = requests.get(url, headers=headers, timeout=SECONDS)
        answer.raise_for_status()
        return answer.json()
    except (requests.RequestException, ValueError) as error:
        raise ProviderAway(
            f"The sign-in provider does not answer ({type(error).__name__}).", "Try again in a minute."
        ) from error


def _secret(settings: Settings) -> str:
    path = settings.desk_oidc_client_secret_file
    if path is None:
        return ""
    try:
        if path.stat().st_mode & OTHERS_MAY_READ:
            raise SettingWrong(f"{path} can be read by others than its owner.", f"Run `chmod 600 {path}`.")
        return path.read_text("utf-8").strip()
    except OSError as error:
        raise SettingWrong(
            f"HUB_DESK_OIDC_CLIENT_SECRET_FILE, {path}, cannot be read ({type(error).__name__}).", "Correct the path."
        ) from None
