"""What referrers say: the worry first, evidence apart from opinion. Who referred stands here only where released."""

from __future__ import annotations

from hub.errors import Skippable
from hub.messages import Bundle, Reporter
from hub.messages.check import BundleContact
from hub.sealing import Sealer, reporter_key
from streams.check.config import Config
from streams.check.render.opening import ERASED, Opener
from streams.check.render.people import Agency
from streams.check.render.view import Answer, Worry
from streams.check.render.words import moment, plain

_LABELS = (
    ("seen", "What was seen or heard, by whom, when"),
    ("own_words", "In the child's or adult's own words"),
    ("wishes", "What they want to happen"),
    ("last_seen", "Last seen"),
    ("opinion", "The referrer's opinion"),
    ("tried", "What has been tried"),
    ("family", "What the family was told"),
    ("safe_contact", "Safe contact"),
    ("not_to_be_told", "What must not be said, and to whom"),
    ("communication", "Communication"),
    ("household", "Household"),
)
_DANGER = {"yes": "Immediate danger", "no": "No immediate danger", "unknown": "Immediate danger: not said"}


def worries(bundle: Bundle, opener: Opener, config: Config, agency: Agency, sealer: Sealer) -> list[Worry]:
    """Each contact, earliest first."""
    return [_worry(contact, opener, config, agency, sealer) for contact in bundle.contacts]


def _worry(contact: BundleContact, opener: Opener, config: Config, agency: Agency, sealer: Sealer) -> Worry:
    words = opener.contact(contact.words)
    said = [(label, opener.text(getattr(words, name))) for name, label in _LABELS] if words else []
    referrers = config.decisions.referrers
    who = agency(contact.agency) if contact.agency else referrers.get(contact.relation, "The public")
    return Worry(
        when=moment(contact.at),
        by=f"{who}, {plain(contact.channel)}",
        danger=_DANGER.get(contact.danger, contact.danger),
        worry=opener.text(words.worry) if words else ERASED,
        said=[Answer(label, text) for label, text in said if text],
        missing=[label for label, text in said if not text],
        reporter=_reporter(contact, sealer),
        attachments=[f"{a.name} ({a.size} bytes)" for a in words.attachments] if words else [],
    )


def _reporter(contact: BundleContact, sealer: Sealer) -> str:
    """Who referred, where a manager released it."""
    if not contact.reporter:
        return ""
    try:
        who = sealer.open(reporter_key(contact.record_id), contact.reporter, Reporter)
    except Skippable:
        return ERASED
    return ", ".join(part for part in (who.name, who.role, who.organisation, who.contact) if part)
