"""Whether a person is known: exact details and a reason in, the little that a professional may learn out, written down.

What was typed goes to the check stage as a keyed hash, and stands in no address, log or table. No picture is opened.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from hub.messages import LookUp
from hub.messages.record import Identifier, Precision
from hub.secret_files import pseudonyms
from streams.check import known
from streams.check.refusals import in_words
from streams.check.render.words import SCHEMES
from streams.check.wire import NotConfirmed
from triage.birth_dates import birth_of
from triage.desk import Desk
from triage.web.asking import Answer, Ask, Page
from triage.web.delivering import role_of

_NUMBERS = ("nhs_number", "upn", "la_child_id", "nino", "pnc")
Errors = list[tuple[str, str]]


def form(desk: Desk, ask: Ask) -> Answer:
    """What has to be known to ask."""
    return Page("known.html", _context(desk, ask, []))


def ask_whether(desk: Desk, ask: Ask) -> Answer:
    """The question, and its answer: shown once, and nowhere again."""
    errors: Errors = []
    key = _key(desk, ask, errors)
    if ask.said("reason") not in desk.packs.decisions.look_up_reasons:
        errors.append(("reason", "Choose why you ask: it is written down"))
    if errors:
        return Page("known.html", _context(desk, ask, errors), 422)
    question = LookUp(
        look_up_id=str(uuid.uuid4()), partnership=desk.settings.partnership, key=key, actor=ask.visitor.account,
        role=role_of(ask.visitor), agency=ask.visitor.agency, reason=ask.said("reason"), at=ask.now,
    )  # fmt: skip
    try:
        answer = desk.gateway.say(question)[0]
    except NotConfirmed as error:
        return Page("known.html", _context(desk, ask, [("", error.what), ("", error.remedy)]), 503)
    if answer.kind == "refused":
        return Page("known.html", _context(desk, ask, [("", in_words(answer.codes["reason"], answer.codes))]), 409)
    return Page("known_answer.html", {"codes": answer.codes, "answered_at": answer.at})


def _key(desk: Desk, ask: Ask, errors: Errors) -> str:
    """The keyed hash of what was typed; '' where something is missing, with the reason."""
    hashes = pseudonyms(desk.settings)
    born = birth_of(ask.said("born"), ask.now.date())
    if born is None or born.precision is not Precision.DAY:
        errors.append(("born", "Write the whole date of birth, for example 2 6 2017"))
    number, given, family = ask.said("number"), ask.said("given"), ask.said("family")
    if number and ask.said("scheme") not in _NUMBERS:
        errors.append(("scheme", "Choose which number it is"))
    if not number and not given:
        errors.append(("given", "Write the first name, or a number"))
    if not number and not family:
        errors.append(("family", "Write the family name, or a number"))
    if errors or born is None:
        return ""
    if number:
        checked = Identifier(scheme=ask.said("scheme"), value=number)
        return known.key_of_number(checked.scheme, checked.value, born.value, hashes)
    return known.key_of_name(given, family, born.value, hashes)


def _context(desk: Desk, ask: Ask, errors: Sequence[tuple[str, str]]) -> dict[str, Any]:
    return {
        "errors": list(errors),
        "bad": {name: text for name, text in errors if name},
        "typed": {name: values[0] for name, values in ask.form.items() if values},
        "reasons": desk.packs.decisions.look_up_reasons,
        "schemes": {code: SCHEMES[code] for code in _NUMBERS if code in SCHEMES},
    }
