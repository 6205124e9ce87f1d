"""Why a command was not obeyed, in words for the person who gave it, with what to do next."""

from __future__ import annotations

WORDS: dict[str, str] = {
    "unknown-check": "There is no such check here. Look its number up with `mash check list`.",
    "unknown-action": "The check knows no such command.",
    "unknown-request": "This check never sent that request. Look the request's number up.",
    "wrong-partnership": "The check belongs to another partnership.",
    "wrong-anchor": "The command names another person's record than the check does.",
    "wrong-agency": "The request went to another agency; only the agency that was asked can answer it.",
    "wrong-role": "Your role may not do this. Ask somebody whose role may.",
    "not-told": "That agency was told nothing of a decision here.",
    "not-lent": "Only a duty manager's part can be taken in somebody's stead, and never in one's own.",
    "wrong-state": "The check is not at that step.",
    "no-name": "A named person has to do this; say who you are.",
    "scripted-not-allowed": "Scripted parties may act only where the sharing agreement is for made-up people.",
    "needs-manager": "This takes a decision maker or the duty manager.",
    "missing-code": "Something that has to be chosen is missing.",
    "bad-code": "A choice is not one of those allowed.",
    "missing-words": "A reason in words has to be written down.",
    "words-too-long": "What was written is too long for one message; shorten it, or send it in parts as notes.",
    "no-agreement": "The partnership has no sharing agreement on file: nothing can be asked of anybody.",
    "agreement-lapsed": "The sharing agreement is past its review date: nothing can be asked until it is renewed.",
    "nobody-to-ask": "The sharing agreement names no agency to ask about this person.",
    "no-such-version": "There is no such version of the bundle.",
    "newer-bundle": "The bundle has a newer version than the one you read. Read it first.",
    "unread-return": "An agency's return has not been read yet by a decision maker. Read the latest bundle first.",
    "late-return-pending": "A return came after the decision. Accept it, or reopen the check.",
    "identity-changed": "The person behind the check was merged or split. Look at it and accept it first.",
    "nothing-late": "There is no late return to accept.",
    "nothing-changed": "There is no change of the person to accept.",
    "no-service-needed": "This decision hands over to no service.",
    "not-accepted": "A service has to accept the hand-over first.",
    "not-decided": "Nothing is decided yet.",
    "already-disagreed": "A disagreement is already on its way up the ladder.",
    "no-disagreement": "There is no disagreement to settle.",
    "contact-not-dismissed": "A referrer waits for an answer: advise, route or decide; a contact is never dismissed.",
    "unread-contact": "What a referrer said has not been read yet. Read the latest bundle first.",
    "basis-not-in-force": "That provision is not in force.",
    "draft-unread": "The answer began as a draft; the person who answers has to read it and stand for it.",
    "no-feedback-on-its-way": "There is no feedback whose delivery is waited for.",
    "no-feedback": "The referrer has not been told yet.",
    "feedback-not-delivered": "The feedback is on its way; nobody knows yet that it was received.",
    "strategy-wanted": "A strategy discussion is wanted and was not held.",
    "strategy-needs": "A strategy discussion takes social care, police and health at least.",
    "no-strategy-wanted": "No strategy discussion is wanted here.",
    "danger-unanswered": "Somebody was said to be in danger, and nobody has said how that was answered.",
    "disagreement-open": "A disagreement is open.",
    "no-protection": "Police protection is not running.",
    "no-school-to-tell": "No school waits to be told.",
    "no-conference": "No conference is waited for.",
    "no-assessment": "No assessment is waited for.",
    "not-linked": "The two checks are not linked.",
    "merged-stays": "A duplicate was merged into this check: that stays.",
    "bad-outcome": "A return is answered, not_known, refused or acknowledged.",
}


def in_words(reason: str, codes: dict[str, str]) -> str:
    """A refusal's sentence, with what it is about."""
    about = ", ".join(f"{name}: {value}" for name, value in sorted(codes.items()) if name in _ABOUT)
    return WORDS.get(reason, reason) + (f" ({about})" if about else "")


_ABOUT = frozenset({"code", "state", "version", "agreement"})
