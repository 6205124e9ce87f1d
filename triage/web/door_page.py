"""What every page of a front door's form shows: questions, what was typed, what was wrong. Keeps and sends nothing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from triage import door, files
from triage import door_words as w
from triage.desk import Desk
from triage.drafts import Draft
from triage.web import refusing
from triage.web.asking import Ask

_PARTS = {"worry": (w.WORRY,), "happened": w.HAPPENED, "careful": w.CAREFUL}
_KEPT_WORDS = {w.PUBLIC: "an hour", w.PROFESSIONAL: "seven days", w.TELEPHONE: "twelve hours",
               w.MANUAL: "twelve hours", w.DOCUMENT: "twelve hours"}  # fmt: skip


def context(
    desk: Desk, ask: Ask, kind: str, at: str, draft: Draft, errors: Sequence[tuple[str, str]] = ()
) -> dict[str, Any]:
    """What every page of a front door's form shows."""
    agreement = desk.packs.agreement(desk.settings.partnership)
    referrers = desk.packs.decisions.referrers
    staff = w.by_staff(kind)
    return {
        "kind": kind,
        "door": at,
        "public": kind == w.PUBLIC,
        "staff": staff,
        "title": w.TITLES[kind],
        "asked": {name: [a for a in part if kind in a.on] for name, part in _PARTS.items()},
        "label": {a.name: w.label_of(a, kind) for a in w.WORDS},
        "hint": {a.name: w.hint_of(a, kind) for a in w.WORDS},
        "who": w.WHO_NOTED if staff else w.WHO,
        "dangers": w.DANGERS,
        "family": w.FAMILY,
        "relations": referrers if staff else {c: t for c, t in referrers.items() if c != "professional"},
        "agencies": {code: one.name for code, one in agreement.signatories.items()} if agreement else {},
        "people": range(1, draft.people + 1),
        "more_people": draft.people < door.MOST_PEOPLE,
        "typed": {name: values[0] for name, values in draft.fields.items() if values},
        "files": [(one, files.size_in_words(one.size), files.KINDS[one.media_type][0]) for one in draft.files],
        "limits": (files.MOST, files.LARGEST // 1024**2, files.LARGEST_TOGETHER // 1024**2),
        "ring": refusing.first_contact(desk),
        "kept": ask.query.get("kept") == "1",
        "kept_for": _KEPT_WORDS[kind],
        "errors": list(errors),
        "bad": {name: text for name, text in errors if name},
    }
