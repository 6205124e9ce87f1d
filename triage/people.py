"""The made-up people of a demonstration. Refused wherever somebody else than this machine can reach the desk."""

from __future__ import annotations

import ipaddress

from hub.settings import Settings, SettingWrong
from streams.check.agreements import Agreement
from triage.access import Visitor
from triage.roles import Role

DEMO_PEOPLE = (
    Visitor("r.hale", "Robin Hale", frozenset({Role.SCREENER})),
    Visitor("s.okafor", "Sam Okafor", frozenset({Role.DECISION_MAKER})),
    Visitor("d.price", "Dilys Price", frozenset({Role.DUTY_MANAGER, Role.DECISION_MAKER})),
    Visitor("b.lark", "Bea Lark", frozenset({Role.BUSINESS_SUPPORT})),
    Visitor("o.finch", "Ola Finch", frozenset({Role.OPERATIONS})),
    Visitor("a.wren", "Ash Wren", frozenset({Role.AUDITOR})),
)
DEMO_PROFESSIONAL = Visitor("n.quill", "Nia Quill", frozenset({Role.PROFESSIONAL}), "health")
_RESEARCHERS = ("Jo Moss", "Kit Fenn", "Lou Marsh", "Max Heath", "Nell Brook", "Pat Glen", "Quin Dale", "Ray Combe",
                "Tess Holm", "Uma Strand")  # fmt: skip


def demo_people(agreement: Agreement | None) -> list[Visitor]:
    """Everybody whom one can be: the staff, and a researcher for each agency of the sharing agreement."""
    agencies = list(agreement.signatories) if agreement else []
    researchers = [
        Visitor(f"{agency}.researcher", name, frozenset({Role.AGENCY_RESEARCHER}), agency)
        for agency, name in zip(agencies, _RESEARCHERS, strict=False)
    ]
    return [*DEMO_PEOPLE, DEMO_PROFESSIONAL, *researchers]


def check_demo_allowed(settings: Settings, agreement: Agreement | None) -> None:
    """Refuse a demonstration where it could let a stranger in.

    Raises:
        SettingWrong: the desk can be reached from elsewhere, or real people's records are here.
    """
    if settings.desk_url or not on_loopback(settings.desk_host):
        raise SettingWrong(
            f"HUB_DESK_HOST is {settings.desk_host!r}{' and HUB_DESK_URL is set' if settings.desk_url else ''}: others "
            "could reach the desk, and demonstration sign-in asks for no password.",
            "Set HUB_DESK_OIDC_ISSUER and HUB_DESK_OIDC_CLIENT_ID for sign-in by OpenID Connect, or bind to 127.0.0.1.",
        )
    if agreement is None or not agreement.synthetic:
        raise SettingWrong(
            "Demonstration sign-in is for made-up people, and the partnership's sharing agreement is for real ones.",
            "Set HUB_DESK_OIDC_ISSUER and HUB_DESK_OIDC_CLIENT_ID for sign-in by OpenID Connect.",
        )


def on_loopback(host: str) -> bool:
    """Whether only this machine can reach the address."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
