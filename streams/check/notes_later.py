"""What each kind of event leaves on a check, from the decision on and beside it. It decides nothing."""

from __future__ import annotations

from datetime import datetime

from hub.messages import CheckEvent
from streams.check.state import Check, Task


def decided(check: Check, event: CheckEvent) -> None:
    """The joint decision."""
    codes = event.codes
    check.decision, check.decided_by, check.decided_at = codes["decision"], event.actor, event.at
    check.decided_for = event.acts_for
    check.first_decided_at = check.first_decided_at or event.at
    check.service = check.feedback = check.worker = ""
    check.took_part = codes.get("took_part", "").split()
    check.dissent = codes.get("dissent", "").split()
    set_aside(check, event)
    tasks(check, event)


def set_aside(check: Check, event: CheckEvent) -> None:
    """The reasons against rules, and how the check came to be answered without a decision."""
    check.feedback = ""
    check.reasons = {k.removeprefix("reason."): v for k, v in event.codes.items() if k.startswith("reason.")}
    check.answered = event.kind
    if event.kind in {"advised", "dismissed", "routed", "pathway"}:
        check.first_decided_at = check.first_decided_at or event.at
    if "due.feedback" in event.codes:
        check.feedback_due = datetime.fromisoformat(event.codes["due.feedback"])


def tasks(check: Check, event: CheckEvent) -> None:
    """Agreed actions: `due.action:<n>` with `action.<n>.owner`."""
    for name, value in event.codes.items():
        if not name.startswith("due.action:") or not value:
            continue
        number = name.removeprefix("due.action:")
        part = f"action.{number}" if f"action.{number}" in event.parts else ""
        check.tasks[number] = Task(
            owner=event.codes[f"action.{number}.owner"], due=datetime.fromisoformat(value), seq=event.seq, part=part
        )


def action_done(check: Check, event: CheckEvent) -> None:
    """An agreed action was done."""
    check.tasks[event.codes["action"]].done_at = event.at


def handed_over(check: Check, event: CheckEvent) -> None:
    """To a service, worker, team or pathway."""
    check.service = event.codes.get("service") or event.codes.get("to", "")
    check.worker = ""
    if event.kind in {"routed", "pathway"}:
        set_aside(check, event)


def accepted(check: Check, event: CheckEvent) -> None:
    """It was taken."""
    check.worker = event.codes.get("by", "") or event.actor


def transferred(check: Check, event: CheckEvent) -> None:
    """On its way to another area."""
    check.back_to, check.area = event.codes["from"], event.codes["area"]
    check.worker = ""


def declined(check: Check, _event: CheckEvent) -> None:
    """It came back."""
    check.service = check.area = check.back_to = ""


def disseminated(check: Check, event: CheckEvent) -> None:
    """Recipients got their summaries."""
    check.told |= dict.fromkeys(event.codes["to"].split(), event.seq)


def feedback(check: Check, event: CheckEvent) -> None:
    """The referrer was told, or it turned out that nobody was."""
    check.feedback = event.codes.get("feedback", "sent")
    check.threshold = event.codes.get("threshold", check.threshold)
    if check.feedback == "sent" or not check.feedback_at:
        check.feedback_at = event.at


def undelivered(check: Check, _event: CheckEvent) -> None:
    """The referrer did not get it."""
    check.feedback, check.feedback_at = "", None


def late_accepted(check: Check, _event: CheckEvent) -> None:
    """The decision stands in spite of a late return."""
    check.late = []


def identity_accepted(check: Check, _event: CheckEvent) -> None:
    """A person looked at a merge or split."""
    check.identity_pending = False


def linked(check: Check, event: CheckEvent) -> None:
    """Linked with another check."""
    other = event.codes["check"]
    if other not in check.linked:
        check.linked.append(other)
    check.links[other] = event.codes.get("link", check.links.get(other, ""))
    if "outcome" in event.codes:
        check.others[other] = {name: event.codes.get(name, "") for name in ("began", "rating", "outcome")}
    if event.kind == "absorbed":
        check.merged.append(other)
        check.feedback = ""  # its referrer is owed an answer here


def unlinked(check: Check, event: CheckEvent) -> None:
    """The link was a mistake."""
    other = event.codes["check"]
    check.linked = [c for c in check.linked if c != other]
    check.links.pop(other, None)
    check.others.pop(other, None)


def strategy(check: Check, event: CheckEvent) -> None:
    """The strategy discussion took place, or is not to."""
    check.strategy = "held" if event.kind == "strategy_held" else "declined"
    tasks(check, event)


def danger(check: Check, event: CheckEvent) -> None:
    """Immediate danger: said, or answered."""
    check.danger = event.codes.get("danger", "called_999")  # before 0.2 the command meant that 999 was called


def protection(check: Check, event: CheckEvent) -> None:
    """Police protection was taken, or has ended."""
    due = event.codes.get("due.protection", "")
    check.protection_until = datetime.fromisoformat(due) if due else None
    if event.codes.get("strategy") == "wanted":
        check.strategy = check.strategy or "wanted"


def disagreed(check: Check, event: CheckEvent) -> None:
    """A step of the ladder; 0 is off it."""
    check.ladder = int(event.codes["step"])


def released(check: Check, event: CheckEvent) -> None:
    """The bundle may name a reporter."""
    check.contacts[event.codes["contact"]].released = True


def audited(check: Check, event: CheckEvent) -> None:
    """The quality audit's grade."""
    check.audit = event.codes["grade"]


def ended(check: Check, event: CheckEvent) -> None:
    """Closed."""
    check.ended_at = event.at
    if event.kind == "dismissed":
        set_aside(check, event)


def duplicate(check: Check, event: CheckEvent) -> None:
    """Merged into another."""
    linked(check, event)
    check.ended_at = event.at


def reopened(check: Check, event: CheckEvent) -> None:
    """Again; what came late is answered by it, unless it is what opened the check."""
    check.reopened += 1
    if event.codes.get("why") == "re_referral":
        check.referred_again.append(event.at)
    if check.ended_at:
        check.previously_ended.append(check.ended_at)
    check.ended_at, check.answered = None, ""
    if event.codes.get("why") == "late_return":
        return
    check.late = []
    if check.strategy != "wanted":
        check.strategy = ""
    check.decision = check.decided_by = check.decided_for = check.service = check.feedback = check.worker = ""
    check.area = check.back_to = ""  # whoever opens it here has it here
    check.took_part, check.dissent, check.reasons = [], [], {}
    check.decided_at = check.feedback_at = None
