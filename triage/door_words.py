"""What the front door's forms ask, in words: for the public, a professional, whoever takes a call or a document."""

from __future__ import annotations

from dataclasses import dataclass

PUBLIC, PROFESSIONAL, TELEPHONE, DOCUMENT, MANUAL = "public", "professional", "telephone", "document", "manual"
CHANNELS = {
    PUBLIC: "public_form",
    PROFESSIONAL: "professional_form",
    TELEPHONE: "telephone",
    DOCUMENT: "document",
    MANUAL: "manual",
}
"""Kind of form -> the contact's channel."""
_ALL = frozenset(CHANNELS)
_STAFF = frozenset({TELEPHONE, DOCUMENT, MANUAL})
_TRADE = _ALL - {PUBLIC}


@dataclass(frozen=True, slots=True)
class Asked:
    """One question of the form that is answered in words.

    Attributes:
        name: field of `ContactWords`.
        label: to whoever saw it themselves.
        hint: below it.
        rows: of the box.
        on: kinds of form that ask it.
        noted: label for whoever writes down what another says; '' is the same.
    """

    name: str
    label: str
    hint: str = ""
    rows: int = 3
    on: frozenset[str] = _ALL
    noted: str = ""


WORRY = Asked(
    "worry",
    "What are you worried about?",
    "In your own words. This is all that we need; everything below helps, and nothing of it has to be there.",
    6,
    noted="What are they worried about?",
)
HAPPENED = (
    Asked("seen", "What did you see or hear yourself, and when?", "Only what you know at first hand.",
          noted="What was seen or heard, by whom, and when?"),
    Asked("own_words", "What has the child or adult said, in their own words?"),
    Asked("last_seen", "When were they last seen, and by whom?", "", 2),
    Asked("opinion", "What do you make of it?", "Your opinion, apart from what you saw.", 2, _TRADE,
          "What do they make of it?"),
    Asked("wishes", "What do they want to happen?", "", 2, _TRADE, "What does the child or adult want to happen?"),
    Asked("tried", "What has been tried already?", "", 2, _TRADE),
)  # fmt: skip
CAREFUL = (
    Asked("family", "Does the family know that you tell us? What did they say, or why not?", "", 2, _TRADE,
          "What was the family told, and what did they say?"),
    Asked("safe_contact", "Is there a safe way, or a safe time, to reach them?", "", 2),
    Asked("not_to_be_told", "Is there anything that must not be said, and to whom?", "", 2),
    Asked("communication", "Do they need an interpreter, sign language or other help to talk with us?", "", 2, _TRADE),
    Asked("household", "Who else lives there or often comes?", "Names, ages, what they are to the child or adult.", 2),
)  # fmt: skip
WORDS = (WORRY, *HAPPENED, *CAREFUL)

WHO = {
    "child": "A child or young person I am worried about",
    "adult": "An adult I am worried about",
    "unborn": "An unborn baby I am worried about",
    "mother": "The mother of the unborn baby",
    "parent": "A parent or carer",
    "sibling": "A brother or sister",
    "household": "Somebody else in the household",
    "harm": "Somebody who may be doing harm",
}
WHO_NOTED = WHO | {
    "child": "A child or young person they are worried about",
    "adult": "An adult they are worried about",
    "unborn": "An unborn baby they are worried about",
}
DANGERS = {
    "yes": "Yes, somebody is in danger now",
    "no": "No",
    "unknown": "I don't know",
}
FAMILY = {
    "not_said": "Not said",
    "informed": "They were told",
    "agreed": "They were told, and agree",
    "not_informed": "They were not told",
}
TITLES = {
    PUBLIC: "Tell us about a child or an adult you are worried about",
    PROFESSIONAL: "Refer a child or an adult",
    TELEPHONE: "Take down a call",
    DOCUMENT: "Confirm what a document says",
    MANUAL: "Begin a check by hand",
}


def label_of(asked: Asked, kind: str) -> str:
    """A question to whoever has this form before them."""
    return asked.noted if asked.noted and kind in _STAFF else asked.label


def hint_of(asked: Asked, kind: str) -> str:
    """The hint below it; one that speaks to a witness is nothing to whoever writes down what another says."""
    if kind not in _STAFF or not asked.noted:
        return asked.hint
    return "As they say it. This is all that has to be there." if asked is WORRY else ""


def by_staff(kind: str) -> bool:
    """Whether somebody writes down what another says."""
    return kind in _STAFF
