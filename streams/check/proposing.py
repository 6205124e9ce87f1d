"""What the machine's proposals and new pictures do to a check. Neither opens, rates nor decides anything."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime

from hub.messages import PictureUpdate, Proposal
from hub.messages.picture import Snapshot
from streams.check.contacts import DOMESTIC, school_told
from streams.check.situation import MANAGER, STOP, Desk, Draft
from streams.check.state import BEFORE_OPENING, ENDED, Check, State

_SERIOUS = 4
_MEMBERS_SHOWN = 500
"""Source identities kept to notice a split; 500 x 33 bytes stay far below a row's limit."""


def slug(category: str) -> str:
    """A rule pack's category as a code: lower case, words joined."""
    return re.sub(r"[^a-z0-9]+", "_", category.lower()).strip("_")


def picture_codes(picture: Snapshot) -> dict[str, str]:
    """What the check keeps of a picture in its events: who, as of when, which categories; nothing personal."""
    return {
        "picture_as_of": picture.as_of.isoformat(),
        "person_id": picture.person_id,
        "members": " ".join(picture.members[:_MEMBERS_SHOWN]),
        "categories": " ".join(sorted({slug(i.category) for i in picture.indicators})),
    }


def seen_codes(picture: Snapshot, check: Check | None = None) -> dict[str, str]:
    """When somebody last saw the person, where the picture knows of a later time; its clock begins from there."""
    at = picture.last_seen_at
    if at is None or (check is not None and check.last_seen_at is not None and at <= check.last_seen_at):
        return {}
    running = check is not None and "not_seen" in check.clocks
    return {"last_seen_at": at.isoformat()} | ({"due.not_seen": STOP} if running else {})


def _proposal_codes(proposal: Proposal) -> dict[str, str]:
    codes = {
        "subject": proposal.subject,
        "level": str(proposal.level),
        "brag": proposal.brag.lower(),
        "pack": proposal.pack,
        "route": "yes" if proposal.route else "no",
        "episode_from": proposal.episode_from.isoformat(),
    }
    return codes | {f"rule.{f.rule_id}": str(f.level) for f in proposal.fired}


def propose(desk: Desk, proposal: Proposal, now: datetime) -> list[Draft]:
    """A new check, in screening, with its clock running; level 4 pages the duty manager."""
    codes = _proposal_codes(proposal) | picture_codes(proposal.snapshot) | desk.due("response", now)
    codes |= seen_codes(proposal.snapshot)
    codes |= _school(desk, proposal, now)
    if proposal.level < _SERIOUS:
        return [Draft("proposed", codes, State.SCREENING)]
    codes["strategy"] = "wanted"
    drafts = [Draft("proposed", codes, State.SCREENING), _page(desk, now)]
    if desk.config.decisions.level_4_opens:
        drafts.append(Draft("opened", {"why": "level_4"}, State.REFERRAL))
    return drafts


def _page(desk: Desk, now: datetime) -> Draft:
    return Draft("paged", {"whom": desk.told(MANAGER, now)})


def _school(desk: Desk, proposal: Proposal, now: datetime) -> dict[str, str]:
    """A domestic incident behind it: the child's school hears of it before the next school day."""
    found = [i.last_at for i in proposal.snapshot.indicators if slug(i.category) in DOMESTIC]
    return school_told(desk, proposal.subject, max(found), now) if found else {}


def links(check_ids: Iterable[str]) -> list[Draft]:
    """Checks of the same person are linked, never merged: each keeps its own decision and its own history."""
    return [Draft("linked", {"check": check_id, "link": "same_person"}) for check_id in check_ids]


def propose_again(desk: Desk, check: Check, held: PictureUpdate, proposal: Proposal, now: datetime) -> list[Draft]:
    """New facts in the same episode update the check; after its end, only graver ones open it again."""
    picture = proposal.snapshot
    rules = {f.rule_id: f.level for f in proposal.fired}
    same = check.rules == rules and check.level == proposal.level and check.route == proposal.route
    if same:
        return _seen(check, held, picture) if is_later(held, picture) else []
    codes = _proposal_codes(proposal)
    if is_later(held, picture):
        codes |= picture_codes(picture) | _identity(check, picture) | seen_codes(picture, check)
    graver = proposal.level > check.level
    if graver and proposal.level >= _SERIOUS and (check.strategy != "held" or check.ended):
        codes["strategy"] = "wanted"
    drafts = [Draft("proposal_updated", codes)]
    if check.ended and (graver or rules.keys() - check.rules.keys()):
        drafts.append(Draft("reopened", {"why": "new_evidence"} | desk.due("response", now), State.REOPENED))
    if graver and proposal.level >= _SERIOUS:
        drafts.append(_page(desk, now))
    return drafts


def is_later(held: PictureUpdate, picture: Snapshot) -> bool:
    """Whether a proposal's picture may stand in place of the one in hand.

    A proposal has no seq. Stage time orders it, and within one tick its place in the partition does; only one that a
    person sent before the anchor left it for another can come too late.
    """
    return picture.settled and picture.as_of >= held.snapshot.as_of


def follows(held: PictureUpdate, message: PictureUpdate) -> bool:
    """Whether an update is to be taken after the one in hand: its seq says so, for a tick holds many changes.

    A check that opens anew is told the picture again under the same seq.
    """
    return message.snapshot.settled and message.seq >= held.seq


def update(check: Check, held: PictureUpdate, message: PictureUpdate) -> list[Draft]:
    """The picture of the person has changed, where `follows` says that it is to be taken."""
    return _seen(check, held, message.snapshot)


def _seen(check: Check, held: PictureUpdate, picture: Snapshot) -> list[Draft]:
    """The same picture at a later time is no news: it would only make a decision maker read all of it again."""
    same = picture == held.snapshot.model_copy(update={"as_of": picture.as_of})
    if same or check.ended:
        return []
    codes = picture_codes(picture) | _identity(check, picture) | seen_codes(picture, check)
    drafts = [Draft("picture_updated", codes)]
    if check.state == State.DECISION_PENDING:
        drafts.append(Draft("bundle_ready", {"why": "new_picture"}, State.BUNDLE_READY))
    return drafts


def _identity(check: Check, picture: Snapshot) -> dict[str, str]:
    """A merge into another person, or a split, has to be looked at; a further source is only shown."""
    if check.state in BEFORE_OPENING or check.state in ENDED or not check.person_id:
        return {}
    lost = set(check.members) - set(picture.members)
    changed = picture.person_id != check.person_id or bool(lost)
    return {"identity": "changed", "lost": str(len(lost))} if changed else {}
