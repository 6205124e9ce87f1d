"""The words of each command's form: titles, buttons, labels. A table; `forms` makes forms of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

RULES, CHECKS, TASKS = "rules", "checks", "tasks"
"""Fields that stand for several codes: a reason for each rule, another check, actions with owner and date."""


@dataclass(frozen=True, slots=True)
class Spec:
    """A form.

    Attributes:
        title: what is done.
        button: what the button says: what happens next, not "submit".
        codes: names of coded arguments, in the order of asking; RULES, CHECKS and TASKS stand for several.
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
ADULT_ONLY = frozenset({*LIMBS, "wishes", "capacity"})
SPECS: dict[str, Spec] = {
    "screen": Spec("Screen the contact", "Begin screening"),
    "open": Spec(
        "Open as a referral",
        "Open the check",
        ("rating",),
        "Why, in a sentence or two",
        hint="You can rate it now or later.",
    ),
    "rate": Spec("Rate", "Save the rating", ("rating",), "Why this rating (needed when you rate anew)"),
    "dismiss": Spec(
        "Set the proposal aside",
        "Set it aside",
        (RULES,),
        "Why, in your own words",
        must=True,
        hint="Each rule that fired needs a reason.",
        warning="The check ends. It can be opened again with its whole history.",
    ),
    "route": Spec(
        "Route to a worker or team",
        "Route it",
        ("to",),
        hint="They must accept within their clock; if not, the duty manager hears of it.",
    ),
    "pathway": Spec(
        "Pass to another pathway",
        "Pass it on",
        ("to",),
        hint="They must accept within their clock; if not, the duty manager hears of it.",
    ),
    "advise": Spec("Answer with advice (blue)", "Save the advice", (RULES,), "The advice that you gave", must=True),
    "duplicate": Spec(
        "Mark as a duplicate", "Mark as a duplicate", (CHECKS,), "How you know that it is the same concern", must=True
    ),
    "transfer": Spec(
        "Transfer to another area",
        "Transfer it",
        ("area",),
        "Why it is theirs",
        must=True,
        hint="Until that area has accepted it, it stays yours, and every clock runs on.",
    ),
    "gate": Spec(
        "Sharing gate",
        "Pass the gate and ask the agencies",
        (
            "basis",
            "override_reason",
            "provision",
            "family",
            "confidentiality",
            *LIMBS,
            "wishes",
            "capacity",
            "part:ask",
        ),
        "Why this is necessary and proportionate",
        hint="Nothing is asked of any agency before this.",
        with_={"override_reason": ("basis", "overridden"), "provision": ("basis", "statutory")},
    ),
    "go_forward": Spec(
        "Go forward without the missing returns", "Go forward, gaps shown", words="Why it can't wait", must=True
    ),
    "decide": Spec(
        "Decide",
        "Record the decision",
        ("decision", RULES, "took_part", "dissent", "why_without", TASKS),
        "Rationale: what weighed, and what those who dissent say",
        must=True,
        hint="A joint decision, written down in your name. It stands on the version of the bundle that you have read.",
        with_={RULES: ("decision", "nfa")},
    ),
    "disseminate": Spec(
        "Tell the agencies",
        "Send the summary",
        ("to",),
        "The summary: only what each of them needs",
        hint="Never a victim's address to the agency of whoever is alleged to have harmed: the hub cuts addresses out there.",
    ),
    "hand_over": Spec("Hand over to the service", "Hand over", ("service",), "What the service has to know first"),
    "accept": Spec("Accept, as the service", "Accept", ("by",), words="What happens next"),
    "decline": Spec("Give back, as the service", "Give back", words="Why the service does not take it", must=True),
    "feed_back": Spec(
        "Tell the referrer",
        "Send the feedback",
        ("channel", "threshold"),
        words="What became of it, and why",
        must=True,
    ),
    "delivered": Spec("The referrer has heard", "Save the receipt", ("receipt",)),
    "undelivered": Spec(
        "The feedback came back", "Save that it came back", words="What came back; tell them in another way"
    ),
    "close": Spec("Close the check", "Close it", warning="It can be reopened with its whole history."),
    "reopen": Spec("Reopen", "Reopen the check", words="What has come up", must=True),
    "audit": Spec("Audit the quality", "Save the grade", ("grade",), "What was done well, and what was not", must=True),
    "accept_late": Spec(
        "Stay with the decision after a late return",
        "Stay with the decision",
        words="Why the late return changes nothing",
        must=True,
    ),
    "accept_identity": Spec(
        "Accept the change of the person",
        "Accept the change",
        words="What you looked at",
        must=True,
        hint="Records behind this check were merged or split since. Look at who it is about before you go on.",
    ),
    "note": Spec(
        "Add a note",
        "Save the note",
        words="What you heard, saw or were told, and by whom",
        must=True,
        hint="Softer information is welcome: it stands beside what the systems say.",
    ),
    "acknowledge": Spec("The referrer was told that it arrived", "Save"),
    "link": Spec("Link with another check", "Link them", (CHECKS, "link"), words=""),
    "unlink": Spec("Undo a link", "Undo the link", (CHECKS,), words="Why it was a mistake", must=True),
    "see_reporter": Spec(
        "See who referred",
        "Show who referred",
        ("contact", "reason"),
        words="",
        hint="Each look is written down in the check first. Who referred is never in the bundle unless a manager releases it.",
    ),
    "release_reporter": Spec(
        "Let the bundle name who referred",
        "Release the name",
        ("contact",),
        words="Why",
        must=True,
        warning="Everybody who reads the bundle then sees who referred.",
    ),
    "strategy_held": Spec(
        "The strategy discussion was held",
        "Save",
        ("took_part", "outcome", TASKS),
        words="What was agreed",
        must=True,
        hint="Social care, police and health at least.",
    ),
    "strategy_declined": Spec("No strategy discussion is held", "Save", ("reason",), words="Why", must=True),
    "immediate_safety": Spec(
        "Immediate danger",
        "Save",
        ("danger",),
        words="Who was called, when, and by whom",
        hint="Ring 999 first. If nobody has answered it yet, leave the choice empty: the duty manager is paged.",
    ),
    "protection_taken": Spec(
        "Police protection was taken (section 46)",
        "Start its 72 hours",
        ("taken_at",),
        words="By whom, and where the child is",
    ),
    "protection_ended": Spec("Police protection has ended", "Save", words="How it ended", must=True),
    "seen": Spec(
        "Somebody has seen them", "Save", ("seen_at", "by", "alone", "within"), words="What they saw and heard"
    ),
    "school_to_tell": Spec("The school has to be told of an incident", "Start its clock", ("incident_at",)),
    "school_told": Spec("The school was told", "Save"),
    "conference_held": Spec("The conference was held", "Save"),
    "assessed": Spec("The assessment is complete", "Save"),
    "add_action": Spec("Agree an action", "Save the action", (TASKS,), words=""),
    "action_done": Spec("An action is done", "Save", ("action",)),
    "disagree": Spec("Disagree", "Start the ladder of escalation", words="What you disagree with, and why", must=True),
    "resolve": Spec("The disagreement is settled", "Save", words="How it was settled", must=True),
}
LABELS = {
    "rating": "Rating",
    "to": "To whom",
    "area": "Which area",
    "basis": "On what basis may agencies share?",
    "override_reason": "Why agreement was not sought, or is set aside",
    "provision": "Which duty or power",
    "family": "Does the family, or the adult, know?",
    "confidentiality": "Duty of confidence (optional)",
    "s42_a": "Has needs for care and support",
    "s42_b": "Is experiencing, or at risk of, abuse or neglect",
    "s42_c": "Can't protect themselves because of those needs",
    "wishes": "The adult's wishes",
    "capacity": "Mental capacity for this decision",
    "decision": "Decision",
    "took_part": "Who took part",
    "dissent": "Who of them does not agree (if anybody)",
    "why_without": "Where social care, police or health took no part in a red one: why",
    "service": "Service",
    "channel": "How they are told",
    "threshold": "The threshold that they are told",
    "receipt": "Receipt, if there is one (optional)",
    "grade": "Grade",
    "outcome": "Outcome",
    "reason": "Reason",
    "check": "The other check",
    "link": "How they belong together (optional)",
    "contact": "Which contact",
    "danger": "How it was answered",
    "taken_at": "When it was taken",
    "seen_at": "When",
    "by": "By whom (name or team)",
    "alone": "Seen alone?",
    "within": "The plan asks for the next visit within so many days (optional)",
    "incident_at": "When the incident was",
    "action": "Which action",
    "part:ask": "What the agencies should look at in particular (optional)",
}
OWN_OPTIONS: dict[str, Mapping[str, str]] = {"alone": {"yes": "Yes", "no": "No", "unknown": "Not known"}}
"""Choices that no pack holds."""
MOMENTS = frozenset({"taken_at", "seen_at", "incident_at"})
SEVERAL = frozenset(
    {("disseminate", "to"), ("decide", "took_part"), ("decide", "dissent"), ("strategy_held", "took_part")}
)
TASK_ROWS = 3
"""Actions that one form takes; more are added afterwards."""
