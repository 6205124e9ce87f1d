"""The words of each command's form: titles, buttons, labels. A table; `forms` makes forms of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

RULES, CHECKS = "rules", "checks"
"""Fields that stand for several codes: a reason for each rule, another check."""


@dataclass(frozen=True, slots=True)
class Spec:
    """A form.

    Attributes:
        title: what is done.
        button: what the button says: what happens next, not "submit".
        codes: names of coded arguments, in the order of asking; `rules` and `checks` stand for several.
        words: label of the box for words; empty for none.
        must: whether words have to be there.
        hint: one sentence before the first question.
        warning: what cannot be taken back.
        with_: field -> (other field, value) after which alone it is asked.
    """

    title: str
    button: str
    codes: tuple[str, ...] = ()
    words: str = "Note (optional)"
    must: bool = False
    hint: str = ""
    warning: str = ""
    with_: Mapping[str, tuple[str, str]] = field(default_factory=dict)


LIMBS = ("s42_a", "s42_b", "s42_c")
SPECS: dict[str, Spec] = {
    "open": Spec("Open as a referral", "Open the check", ("rating",), "Why, in a sentence or two", hint="You can rate it now or later."),
    "rate": Spec("Rate", "Save the rating", ("rating",), "Why this rating (needed when you rate anew)"),
    "dismiss": Spec("Set the proposal aside", "Set it aside", (RULES,), "Why, in your own words", must=True,
                    hint="Each rule that fired needs a reason.", warning="The check ends. It can be opened again with its whole history."),
    "route": Spec("Route to a worker or team", "Route it", ("to",), hint="They must accept within their clock; if not, the duty manager hears of it."),
    "advise": Spec("Answer with advice (blue)", "Save the advice", (RULES,), "The advice that you gave", must=True),
    "duplicate": Spec("Mark as a duplicate", "Mark as a duplicate", (CHECKS,), "How you know that it is the same concern", must=True),
    "gate": Spec("Sharing gate", "Pass the gate and ask the agencies", ("basis", "override_reason", "provision", "family", *LIMBS, "wishes", "capacity"),
                 "Why this is necessary and proportionate", hint="Nothing is asked of any agency before this.",
                 with_={"override_reason": ("basis", "overridden"), "provision": ("basis", "statutory")}),
    "go_forward": Spec("Go forward without the missing returns", "Go forward, gaps shown", words="Why it can't wait", must=True),
    "decide": Spec("Decide", "Record the decision", ("decision", RULES), "Rationale: what weighed, who took part, and anybody's dissent", must=True,
                   hint="One decision, in your name. It stands on the version of the bundle that you have read.", with_={RULES: ("decision", "nfa")}),
    "disseminate": Spec("Tell the agencies", "Send the summary", ("to",), "The summary: only what each of them needs", hint="Never a victim's address to the agency of whoever is alleged to have harmed."),
    "hand_over": Spec("Hand over to the service", "Hand over", ("service",), "What the service has to know first"),
    "accept": Spec("Accept, as the service", "Accept", words="Who takes it, and what happens next"),
    "decline": Spec("Give back, as the service", "Give back", words="Why the service does not take it", must=True),
    "feed_back": Spec("Tell the referrer", "Send the feedback", words="What became of it, the threshold, and why", must=True),
    "close": Spec("Close the check", "Close it", warning="It can be reopened with its whole history."),
    "reopen": Spec("Reopen", "Reopen the check", words="What has come up", must=True),
    "accept_late": Spec("Stay with the decision after a late return", "Stay with the decision", words="Why the late return changes nothing", must=True),
    "accept_identity": Spec("Accept the change of the person", "Accept the change", words="What you looked at", must=True,
                            hint="Records behind this check were merged or split since. Look at who it is about before you go on."),
    "note": Spec("Add a note", "Save the note", words="What you heard, saw or were told, and by whom", must=True, hint="Softer information is welcome: it stands beside what the systems say."),
    "acknowledge": Spec("The referrer was told that it arrived", "Save"),
    "link": Spec("Link with another check", "Link them", (CHECKS,), words=""),
    "strategy_held": Spec("The strategy discussion was held", "Save", words="Who took part (social care, police and health at least), and what was agreed", must=True),
    "immediate_safety": Spec("Immediate danger: 999 was called", "Save", words="Who was called, when, and by whom"),
    "protection_taken": Spec("Police protection was taken (section 46)", "Start its 72 hours", words="By whom, and where the child is"),
    "disagree": Spec("Disagree", "Start the ladder of escalation", words="What you disagree with, and why", must=True),
    "resolve": Spec("The disagreement is settled", "Save", words="How it was settled", must=True),
}  # fmt: skip
LABELS = {
    "rating": "Rating", "to": "To whom", "basis": "On what basis may agencies share?",
    "override_reason": "Why agreement was not sought, or is set aside", "provision": "Which duty or power",
    "family": "Does the family, or the adult, know?", "s42_a": "Has needs for care and support",
    "s42_b": "Is experiencing, or at risk of, abuse or neglect",
    "s42_c": "Can't protect themselves because of those needs", "wishes": "The adult's wishes",
    "capacity": "Mental capacity for this decision", "decision": "Decision", "service": "Service",
    "reason": "Reason", "check": "The other check",
}  # fmt: skip
