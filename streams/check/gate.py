"""The sharing gate, and what is asked of whom once it is passed. The gate comes before any request.

Recorded on each request: the basis and its provision, the agreement and its version. A lapsed agreement blocks.
"""

from __future__ import annotations

from hub.ids import derived_id
from streams.check.agreements import Agreement, QuestionSet
from streams.check.situation import MANAGERS, Draft, Refusal, Situation
from streams.check.state import Check, State

_LIMBS = ("s42_a", "s42_b", "s42_c")


def gate(s: Situation) -> list[Draft]:
    """Agreed, overridden with a reason, a statutory basis, or not agreed (then a manager looks)."""
    packs = s.desk.config.decisions
    codes = {"basis": s.code("basis", packs.bases), "family": s.code("family", packs.family_informed)}
    if s.check.state == State.NOT_AGREED and s.command.role not in MANAGERS:
        raise Refusal("needs-manager")
    s.same_person()
    s.contacts_read()
    if s.check.subject == "adult":
        codes |= {limb: s.code(limb, packs.limb) for limb in _LIMBS}
        codes |= {"wishes": s.code("wishes", packs.wishes), "capacity": s.code("capacity", packs.capacity)}
    codes |= s.optional("confidentiality", packs.confidentiality)
    if codes["basis"] == "not_agreed":
        return [Draft("not_agreed", codes, State.NOT_AGREED, s.need_words())]
    if codes["basis"] == "overridden":
        codes["override_reason"] = s.code("override_reason", packs.override_reasons)
        s.need_words()
    if codes["basis"] == "statutory":
        codes["provision"] = _provision(s)
    requests = _requests(s, basis_of(codes))
    return [Draft("gate_passed", codes, State.CHECKS_OPEN, s.command.words, s.command.parts), *requests]


def _provision(s: Situation) -> str:
    """A statutory basis: in force today, and for this kind of person. Why it is proportionate is said in words."""
    in_force = s.desk.config.decisions.in_force
    code = s.code("provision", [p for p, terms in in_force.items() if s.check.subject in terms.of])
    if not in_force[code].on(s.desk.day(s.now)):
        raise Refusal("basis-not-in-force", code=code)
    s.need_words()
    return code


def basis_of(gate_codes: dict[str, str]) -> str:
    """The basis with its reason or provision, as each request carries it."""
    detail = gate_codes.get("override_reason") or gate_codes.get("provision", "")
    return f"{gate_codes['basis']}:{detail}" if detail else gate_codes["basis"]


def _requests(s: Situation, basis: str) -> list[Draft]:
    agreement = _in_force(s)
    drafts = []
    for agency, signatory in sorted(agreement.signatories.items()):
        if s.check.subject not in signatory.asked_for:
            continue
        question_set = s.desk.config.questions.get(agency)
        asked = questions_for(s.check, question_set) if question_set else []
        if question_set is None or not asked:
            drafts.append(Draft("request_blocked", {"agency": agency, "reason": "no-questions"}))
            continue
        drafts.append(_request(s, agency, agreement, question_set, asked, basis))
    if not any(d.kind == "requested" for d in drafts):
        raise Refusal("nobody-to-ask")
    return drafts


def _in_force(s: Situation) -> Agreement:
    agreement = s.desk.agreement(s.check, s.now)
    if agreement is None:
        raise Refusal("no-agreement")
    if not agreement.in_force(s.desk.day(s.now)):
        raise Refusal("agreement-lapsed", agreement=agreement.id, version=agreement.version)
    return agreement


def questions_for(check: Check, question_set: QuestionSet) -> list[str]:
    """A baseline plus the lines that this concern calls for, never everything."""
    concern = {*check.categories, *check.concern}
    return [q.id for q in question_set.questions if check.subject in q.of and (not q.for_ or concern & set(q.for_))]


def _request(
    s: Situation, agency: str, agreement: Agreement, question_set: QuestionSet, asked: list[str], basis: str
) -> Draft:
    rating = s.check.rating
    request_id = derived_id("request", s.check.check_id, agency, str(s.check.round + 1))
    uncovered = rating == "red" and not s.desk.time.covered(s.now, agency)
    codes = {
        "request": request_id,
        "agency": agency,
        "question_set": f"{agency}/{question_set.version}",
        "questions": " ".join(asked),
        "agreement": f"{agreement.id}/{agreement.version}",
        "basis": basis,
        "by": "out_of_hours_telephone" if uncovered else "desk",
    }
    if uncovered:
        codes["ring"] = agreement.out_of_hours_number(agency)
    return Draft("requested", codes | s.desk.due("return", s.now, rating=rating, agency=agency, key=request_id))
