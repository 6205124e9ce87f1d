"""Who the person is, from what each agency says, with conflicts in view. Who is around them stands in `circle`."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date, datetime

from hub.messages import Bundle
from hub.messages.record import Address, BirthDate, CheckDigit, Identity, Name, NameKind, Precision
from streams.check.card import address_keys, may_show
from streams.check.render.opening import WITHHELD, OpenEntry, Opener
from streams.check.render.view import Said, Subject
from streams.check.render.words import LONDON, SCHEMES, SEX, iso_day, plain

_KINDS = {
    NameKind.CURRENT: "",
    NameKind.ALIAS: "alias",
    NameKind.FORMER: "former name",
    NameKind.PREFERRED: "preferred name",
    NameKind.PLACEHOLDER: "placeholder, not a name",
}
Agency = Callable[[str], str]


def full_name(identity: Identity | None) -> str:
    """The name that somebody goes by; empty where none is known."""
    names = identity.names if identity else []
    current = [n for n in names if n.kind is NameKind.CURRENT] or names
    return _name(current[0]) if current else ""


def _name(name: Name) -> str:
    return " ".join(part for part in (name.given, name.family) if part)


def subject(bundle: Bundle, entries: list[OpenEntry], opener: Opener, agency: Agency) -> Subject:
    """Names, birth dates, numbers, addresses and needs, each with who says so."""
    live = [(e.identity, e.entry.agency) for e in entries if e.identity] + opener.told(bundle)
    say = _Sayings(live, agency)
    births = say.each(lambda i: [birth(i.birth, bundle.made_at)] if i.birth else [])
    conflict = "Agencies give different birth dates" if len(births) > 1 else ""
    title = next((full_name(i) for i, _ in live if full_name(i)), "Name not known")
    return Subject(
        title=title,
        names=say.each(lambda i: [_name(n) + (f" ({_KINDS[n.kind]})" if _KINDS[n.kind] else "") for n in i.names]),
        births=[Said(b.what, b.by, conflict) for b in births],
        identifiers=say.each(
            lambda i: [f"{SCHEMES.get(d.scheme, plain(d.scheme))} {d.value}{_check(d.check)}" for d in i.identifiers]
        ),
        addresses=_addresses(live, opener, agency),
        needs=say.each(lambda i: [opener.text(t) for t in _needs(i)]),
        sex=", ".join(dict.fromkeys(SEX[i.sex] for i, _ in live if i.sex in SEX)),
        erased=sum(e.erased for e in entries),
    )


class _Sayings:
    """Collects what agencies say of the person, the same thing once."""

    def __init__(self, live: list[tuple[Identity, str]], agency: Agency) -> None:
        self._live = live
        self._agency = agency

    def each(self, what: Callable[[Identity], Iterable[str]]) -> list[Said]:
        said: dict[str, dict[str, None]] = {}
        for identity, by in self._live:
            for text in what(identity):
                said.setdefault(text, {})[self._agency(by)] = None
        return [Said(text, ", ".join(agencies)) for text, agencies in said.items() if text]


def _check(check: CheckDigit) -> str:
    return " (check digit fails)" if check is CheckDigit.FAIL else ""


def _needs(identity: Identity) -> list[str]:
    parts = [("Safe contact: ", identity.safe_contact), ("Communication: ", identity.communication_need)]
    return [label + text for label, text in parts if text]


def birth(birth: BirthDate, at: datetime) -> str:
    """A birth date as exactly as it is known, with the age at `at`."""
    text = iso_day(birth.value)
    match birth.precision:
        case Precision.EXPECTED:
            return f"Unborn, expected {text}"
        case Precision.PLACEHOLDER:
            return f"{text} (placeholder, not a birth date)"
        case Precision.DAY:
            return f"{text} ({_age(birth.value, at.astimezone(LONDON).date())})"
        case _:
            return f"{text} (as exact as known)"


def _age(value: str, today: date) -> str:
    try:
        born = date.fromisoformat(value)
    except ValueError:
        return "age not known"
    months = (today.year - born.year) * 12 + today.month - born.month - (today.day < born.day)
    if months < 0:
        return "date in the future"
    return f"aged {months // 12}" if months >= 24 else f"aged {months} months"  # noqa: PLR2004 - two years


def _addresses(live: list[tuple[Identity, str]], opener: Opener, agency: Agency) -> list[Said]:
    """Addresses, current ones first; different current ones are a conflict. Confidential ones only exist."""
    groups: list[tuple[set[str], Address, dict[str, None]]] = []
    withheld: dict[str, None] = {}
    for identity, by in live:
        for address in identity.addresses:
            name = agency(by)
            if not may_show(address, opener.withheld):
                withheld[name] = None
                continue
            keys = address_keys(address)
            known = next((g for g in groups if g[0] & keys and bool(g[1].until) == bool(address.until)), None)
            if known:
                known[0].update(keys)
                known[2][name] = None
            elif keys or address.no_fixed_abode:
                groups.append((keys, address, {name: None}))
    current = sum(1 for _, a, _ in groups if not a.until and a.kind == "home")
    conflict = "Agencies give different current addresses" if current > 1 else ""
    groups.sort(key=lambda g: bool(g[1].until))
    said = [
        Said(_address(a), ", ".join(by), conflict if not a.until and a.kind == "home" else "") for _, a, by in groups
    ]
    return said + ([Said(WITHHELD, ", ".join(withheld), "Ask the duty manager")] if withheld else [])


def _address(address: Address) -> str:
    where = ", ".join(part for part in (*address.lines, address.postcode) if part) or "No fixed abode"
    kind = "" if address.kind == "home" else f" ({plain(address.kind)})"
    since = f", since {iso_day(address.since)}" if address.since else ""
    until = f", until {iso_day(address.until)}" if address.until else ""
    return where + kind + since + until
