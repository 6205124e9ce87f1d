"""`mash check contact | known`: what is taken down at the front door, and what a professional may ask there."""

from __future__ import annotations

import uuid
from datetime import UTC, date, datetime
from typing import Annotated

import typer

from hub.cli.output import AsJson, write_json
from hub.messages import CheckEvent, ContactWords, Identity, LookUp, Reporter
from hub.messages.record import BirthDate, Identifier, Name, Precision, Relationship, Role
from hub.sealing import Sealer
from hub.secret_files import key_store, pseudonyms
from hub.settings import Settings, load
from streams.check import cli_desk as desk
from streams.check import config, known
from streams.check.front_door import Call, Person, take_down
from streams.check.refusals import in_words
from streams.check.render.words import moment
from streams.check.wire import say

_WORDS = frozenset(ContactWords.model_fields) - {"worry", "attachments"}


def contact_command(
    *,
    worry: Annotated[str, typer.Option(help="The worry: the only thing that must be there.")],
    child: Annotated[list[str] | None, typer.Option(help='"Given Family, 2017-06-02"; once for each child.')] = None,
    adult: Annotated[list[str] | None, typer.Option(help="An adult at risk, as for a child.")] = None,
    unborn: Annotated[list[str] | None, typer.Option(help='"Mother\'s given and family name, expected date".')] = None,
    danger: Annotated[
        str, typer.Option(help="Immediate danger: yes, no or unknown. If yes, ring 999 first.")
    ] = "unknown",
    more: Annotated[list[str] | None, typer.Option("--say", help=f"NAME=VALUE: {', '.join(sorted(_WORDS))}.")] = None,
    concern: Annotated[
        str, typer.Option(help="Categories of the concern, space between: neglect domestic_abuse ...")
    ] = "",
    channel: Annotated[
        str, typer.Option(help="telephone, professional_form, public_form, document, manual.")
    ] = "telephone",
    agency: Annotated[str, typer.Option(help="The referrer's agency; none for the public.")] = "",
    relation: Annotated[str, typer.Option(help="professional, family, neighbour, themselves, public.")] = "not_said",
    referrer: Annotated[
        str, typer.Option(help='"Name; role; organisation; how to reach them". Sealed apart; none: anonymous.')
    ] = "",
    incident: Annotated[datetime | None, typer.Option(help="When a domestic incident happened (UTC).")] = None,
    on: Annotated[str, typer.Option(help="Check on which it comes, where you know.")] = "",
    who: Annotated[str, typer.Option("--as", envvar="MASH_AS", help="Who takes it down.")] = "",
    role: Annotated[str, typer.Option(envvar="MASH_ROLE", help="In which role.")] = "screener",
    as_json: AsJson = False,
) -> None:
    """Take a contact down. Danger comes first; only the worry must be there; the receipt comes at once."""
    settings = load()
    people = [_person("child", n, text) for n, text in enumerate(child or [])]
    people += [_person("adult", n, text) for n, text in enumerate(adult or [])]
    expected = [_unborn(n, text) for n, text in enumerate(unborn or [])]
    people += [person for pair in expected for person in pair]
    earlier = desk.model_of(settings, ["check-events"]).find(on) if on else None
    call = Call(
        call_id=str(uuid.uuid4()),
        people=tuple(people),
        relationships=tuple(Relationship(subject=m.ref, kind="mother", of=baby.ref) for baby, m in expected),
        words=ContactWords(worry=worry, **_further(more or [])),
        channel=channel,
        reporter=_reporter(referrer),
        danger=danger,
        agency=agency,
        relation=relation,
        actor=who,
        role=role,
        earlier=(earlier.check_id, earlier.anchor) if earlier else ("", ""),
        categories=tuple(concern.split()),
        incident_at=incident.replace(tzinfo=UTC) if incident else None,
        at=datetime.now(UTC),
    )
    try:
        record, contacts = take_down(call, pseudonyms(settings), Sealer(key_store(settings)))
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None
    taken = [say(settings, contact, *([record] if number == 0 else [])) for number, contact in enumerate(contacts)]
    _receipt([events[0] for events in taken], as_json=as_json)


def _person(kind: str, number: int, text: str) -> Person:
    name, _, born = (part.strip() for part in text.partition(","))
    return Person(ref=f"{kind}-{number + 1}", subject=kind, identity=Identity(names=[_name(name)], birth=_birth(born)))


def _unborn(number: int, text: str) -> tuple[Person, Person]:
    """The child, who has no name yet, and the mother: hers must never become the child's."""
    mother = _person("adult", number, text.partition(",")[0])
    birth = _birth(text.partition(",")[2].strip())
    expected = birth.model_copy(update={"precision": Precision.EXPECTED}) if birth else None
    baby = Person(f"unborn-{number + 1}", Identity(birth=expected), "unborn")
    return baby, Person(f"mother-{number + 1}", mother.identity, role=Role.PARENT)


def _name(text: str) -> Name:
    given, _, family = text.rpartition(" ")
    return Name(given=given, family=family)


def _birth(text: str) -> BirthDate | None:
    if not text:
        return None
    try:
        return BirthDate(value=date.fromisoformat(text).isoformat())
    except ValueError:
        raise typer.BadParameter(f"{text!r} is no date; write it as 2017-06-02.") from None


def _further(more: list[str]) -> dict[str, str]:
    found = desk.pairs(more)
    if unknown := sorted(found.keys() - _WORDS):
        raise typer.BadParameter(f"{', '.join(unknown)}: none of {', '.join(sorted(_WORDS))}.", param_hint="--say")
    return found


def _reporter(text: str) -> Reporter | None:
    if not text:
        return None
    name, role, organisation, contact = [*(part.strip() for part in text.split(";")), "", "", "", ""][:4]
    return Reporter(name=name, role=role, organisation=organisation, contact=contact)


def _receipt(events: list[CheckEvent], *, as_json: bool) -> None:
    for event in events:
        if event.kind == "refused":
            raise desk.Refused(
                f"Not taken. {in_words(event.codes['reason'], event.codes)}", "Correct it and send it again."
            )
    if as_json:
        write_json([{"check": e.check_id, "received": e.at, "answer_due": e.codes.get("due.response")} for e in events])
        return
    for event in events:
        due = event.codes.get("due.response")
        answer = f" You will hear by {moment(datetime.fromisoformat(due))}." if due else ""
        typer.echo(f"Received {moment(event.at)}: reference {event.check_id[:8].upper()}.{answer}")
    if any(event.codes.get("danger") == "yes" for event in events):
        typer.echo("Immediate danger: the duty manager is paged. If you have not rung 999, ring now.")


def referrer_command(
    number: Annotated[str, typer.Argument(metavar="CHECK", help="The check's number, or its first characters.")],
    *,
    who: Annotated[str, typer.Option("--as", envvar="MASH_AS", help="Who you are; it is written down.")],
    role: Annotated[str, typer.Option(envvar="MASH_ROLE", help="In which role.")] = "screener",
    reason: Annotated[str, typer.Option(help="asking, feeding_back or danger.")] = "feeding_back",
    as_json: AsJson = False,
) -> None:
    """See who referred and how to reach them. It is written down first; the bundle goes on without it."""
    found = desk.referrers(load(), number, desk.Person(who, role), reason)
    if as_json:
        write_json([one.model_dump(mode="json") for one in found])
        return
    for one in found:
        parts = (one.name, one.role, one.organisation, one.contact, one.receipt_to)
        typer.echo("Anonymous." if one.anonymous else ", ".join(part for part in parts if part) or "Not said.")
    if not found:
        typer.echo("No referrer is on record: an anonymous contact, or a check that the rules proposed.")


def known_command(
    name: Annotated[str, typer.Argument(help='"Given Family", exactly.')],
    *,
    born: Annotated[str, typer.Option(help="Birth date, 2017-06-02.")],
    number: Annotated[str, typer.Option(help="SCHEME=VALUE instead of the name: nhs_number=9990000018.")] = "",
    reason: Annotated[str, typer.Option(help="worried, visiting, referring or in_check.")] = "",
    who: Annotated[str, typer.Option("--as", envvar="MASH_AS", help="Who asks; it is written down.")] = "",
    role: Annotated[str, typer.Option(envvar="MASH_ROLE", help="In which role.")] = "professional",
    agency: Annotated[str, typer.Option(help="Your agency.")] = "",
    as_json: AsJson = False,
) -> None:
    """Ask whether a person is known: open or closed, which area, which worker, whom to ring. It is written down."""
    settings = load()
    event = say(settings, _question(settings, name, born, number, LookUp(
        look_up_id=str(uuid.uuid4()), partnership=settings.partnership, key="", actor=who, role=role, agency=agency,
        reason=reason, at=datetime.now(UTC),
    )))[0]  # fmt: skip
    codes = event.codes
    if event.kind == "refused":
        choices = config.load(settings.packs_dir).decisions.look_up_reasons
        raise desk.Refused(f"Not answered. {in_words(codes['reason'], codes)}", f"--reason: {', '.join(choices)}.")
    if as_json:
        write_json({name: codes.get(name, "") for name in ("found", "open", "area", "worker", "ring", "telephone")})
        return
    typer.echo(_answer(codes))


def _question(settings: Settings, name: str, born: str, number: str, bare: LookUp) -> LookUp:
    hashes = pseudonyms(settings)
    birth = _birth(born)
    assert birth is not None, "--born is required"
    if number:
        scheme, _, value = number.partition("=")
        checked = Identifier(scheme=scheme, value=value)
        key = known.key_of_number(checked.scheme, checked.value, birth.value, hashes)
    else:
        who = _name(name)
        if not who.given:
            raise typer.BadParameter("give first and family name, exactly.")
        key = known.key_of_name(who.given, who.family, birth.value, hashes)
    return bare.model_copy(update={"key": key})


def _answer(codes: dict[str, str]) -> str:
    ring = f"Ring {codes['ring']}, {codes['telephone']}."
    if codes["found"] == "no":
        return f"No check here under exactly these details. That does not mean that nobody knows the person. {ring}"
    state = "open" if codes["open"] == "yes" else "closed"
    worker = f" Worker or team: {codes['worker']}." if codes["worker"] else ""
    return f"Known: a check is {state}. Area: {codes['area'] or 'not said'}.{worker} {ring}"
