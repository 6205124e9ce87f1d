"""What each recipient of a decision gets: only what it may know. The one way out for a summary. Decides nothing.

The agency of an alleged perpetrator never gets an address of the child or adult: not on the card, not in the words.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from hub.errors import Skippable
from hub.ids import derived_id
from hub.messages import CheckEvent, CheckWords, Identity, Summary
from hub.messages.record import Address, Identifier
from hub.sealing import Sealer
from streams.check.agreements import Agreement
from streams.check.state import Check

ADDRESS_WITHHELD = "[address withheld]"
_SHORTEST = 6
"""A line shorter than this ("1", "Flat") would cut innocent words out of texts."""
_NEVER_ON = frozenset({"mash_only", "owner_consent"})
"""Returns under these limits go to nobody but their owner without that agency's consent."""


_HELD_BY: dict[str, frozenset[str]] = {
    "upn": (_LEARNING := frozenset({"education", "social_care", "early_help", "youth"})),
    "former_upn": _LEARNING,
    "uln": _LEARNING,
    "la_child_id": _LEARNING,
    "pnc": (_JUSTICE := frozenset({"police", "probation", "youth"})),
    "cro": _JUSTICE,
    "nominal_id": frozenset({"police"}),
    "hospital_number": frozenset({"health"}),
    "nino": frozenset({"adult_social_care", "housing"}),
}
"""Whose systems know people by a number. A school that reads a PNC id learns that the police know the child."""
_EVERYBODYS = frozenset({"nhs_number"})
"""The consistent identifier of health and care (Health and Social Care (Quality and Safety) Act 2015 s2), which every
partner may find a child by."""


def numbers_for(recipient: str, said: Iterable[tuple[str, Identifier]]) -> list[Identifier]:
    """Numbers that a recipient may read: those that its systems know people by, and those that it told itself.

    Args:
        recipient: the agency.
        said: by whom each was told, and the number.
    """
    may = [
        number
        for agency, number in said
        if agency == recipient or number.scheme in _EVERYBODYS or recipient in _HELD_BY.get(number.scheme, frozenset())
    ]
    return [number for place, number in enumerate(may) if number not in may[:place]]


def withheld_from(check: Check, agreement: Agreement | None, recipient: str) -> list[str]:
    """What is kept back from a recipient, in codes: `addresses`, and returns of others that are not to be passed on."""
    signatory = agreement.signatories.get(recipient) if agreement else None
    with_perpetrators = signatory is None or signatory.with_perpetrators
    found = ["addresses"] if with_perpetrators else []
    for request in sorted(check.requests.values(), key=lambda r: (r.agency, r.round)):
        limit = request.release
        if request.agency != recipient and (limit in _NEVER_ON or (limit == "not_to_suspect" and with_perpetrators)):
            found.append(f"return:{request.agency}")
    return list(dict.fromkeys(found))


def summaries(
    check: Check,
    event: CheckEvent,
    agreement: Agreement | None,
    card_for: Callable[[str, bool], Identity],
    addresses: list[Address],
    sealer: Sealer,
) -> Iterable[Summary]:
    """One summary a recipient of a `disseminated` event.

    Args:
        check: as it stands.
        event: names the recipients; its part `summary.<agency>`, else `summary`, else its words, is what is said.
        agreement: says which agencies work with alleged perpetrators.
        card_for: the person's card for a recipient, with addresses that may be told or (True) without any.
        addresses: every address of the person, told or not.
        sealer: seals each recipient's own.
    """
    for recipient in event.codes["to"].split():
        withheld = withheld_from(check, agreement, recipient)
        bare = "addresses" in withheld
        said = event.parts.get(f"summary.{recipient}") or event.parts.get("summary") or event.words
        yield Summary(
            summary_id=derived_id("summary", check.check_id, str(event.seq), recipient),
            partnership=check.partnership,
            check_id=check.check_id,
            anchor=check.anchor,
            recipient=recipient,
            decision=check.decision,
            subject=sealer.seal(check.anchor, card_for(recipient, bare)),
            words=without(said, check.anchor, addresses if bare else confidential_of(addresses), sealer),
            withheld=withheld,
            at=event.at,
        )


def confidential_of(addresses: Iterable[Address]) -> list[Address]:
    """Addresses that nobody is told who does not have them."""
    return [a for a in addresses if a.confidential or a.refuge]


def without(sealed: bytes, anchor: str, addresses: list[Address], sealer: Sealer) -> bytes:
    """The same words without the addresses; nothing at all where they cannot be read to make sure."""
    if not sealed or not addresses:
        return sealed
    try:
        words = sealer.open(anchor, sealed, CheckWords)
    except Skippable:
        return b""
    return sealer.seal(anchor, CheckWords(text=without_addresses(words.text, addresses)))


def without_addresses(text: str, addresses: Iterable[Address]) -> str:
    """A text in which postcodes and lines of the addresses are cut out, however they are spaced or cased."""
    parts = {part for a in addresses for part in (a.postcode, *a.lines)}
    for part in sorted(parts, key=lambda text: (-len(text), text)):
        if len(part) >= _SHORTEST:
            text = loose(part).sub(ADDRESS_WITHHELD, text)
    return text


def loose(text: str) -> re.Pattern[str]:
    """The text however it is spaced, punctuated or cased."""
    squeezed = "".join(re.findall(r"[A-Za-z0-9]+", text))
    return re.compile(r"(?<!\w)" + r"[\W_]*".join(map(re.escape, squeezed)) + r"(?!\w)", re.IGNORECASE)
