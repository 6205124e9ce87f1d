"""`mash check`: see checks, read bundles, act on them as a named person. Says "saved" only when the event came back."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from hub.cli.output import AsJson, console, write_json, write_table
from hub.settings import load
from streams.check import cli_desk as desk
from streams.check import cli_front_door, cli_report, cli_script
from streams.check.actions import ACTIONS
from streams.check.render import page, terminal
from streams.check.render.words import moment, plain
from streams.check.state import ENDED, Check, State

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    help="See checks, read bundles, act on them. Example: mash check list",
)
app.command(
    "contact",
    epilog="Example: mash check contact --worry 'Bruises, and afraid to go home' --child 'Tamsin Vale, 2017-06-02' "
    "--as r.hale --referrer 'J. Moss; teacher; Larkrise School; 01632 960777'",
)(cli_front_door.contact_command)
app.command("referrer", epilog="Example: mash check referrer 3f2a --as r.hale --reason feeding_back")(
    cli_front_door.referrer_command
)
app.command("known", epilog="Example: mash check known 'Tamsin Vale' --born 2017-06-02 --as j.moss --reason worried")(
    cli_front_door.known_command
)
app.command("figures", epilog="Example: mash check figures --days 90 --csv > figures.csv")(cli_report.figures_command)
app.command("sample", epilog="Example: mash check sample 2026-W10 --seed 'a secret of the auditors'")(
    cli_report.sample_command
)
app.command("script", epilog="Example: mash check script --until-quiet 10")(cli_script.script_command)
app.command("receipts", epilog="Example: mash check receipts education --json")(cli_report.receipts_command)
Number = Annotated[str, typer.Argument(metavar="CHECK", help="The check's number, or its first characters.")]
As = Annotated[
    str, typer.Option("--as", envvar="MASH_AS", help="Who you are: your account. It stands behind what you do.")
]
Role = Annotated[
    str,
    typer.Option(
        envvar="MASH_ROLE", help="screener, decision_maker, duty_manager, agency_researcher, service, auditor."
    ),
]
Concern = Annotated[str, typer.Option(help="Categories: neglect domestic_abuse ... They call for further questions.")]
Because = Annotated[str, typer.Option(help="Why, in words. Sealed under the person's key.")]
Parts = Annotated[
    list[str] | None,
    typer.Option("--part", help="NAME=TEXT, sealed by itself: ask.police, summary.health, action.1 ..."),
]
Why = Annotated[
    str,
    typer.Option("--reason", help="Why you read: screening, deciding, answering, supervising, audit; else by role."),
]


@app.command("list", epilog="Example: mash check list --state screening --json")
def list_command(
    *,
    state: Annotated[str, typer.Option(help="Only checks in this state.")] = "",
    everything: Annotated[bool, typer.Option("--all", help="Ended checks as well.")] = False,
    as_json: AsJson = False,
) -> None:
    """List checks: the gravest first, then those whose clock runs out first. No personal data."""
    if state and state not in set(State):
        raise typer.BadParameter(f"{state!r} is none of: {', '.join(State)}.", param_hint="--state")
    found = desk.checks(load())
    chosen = [c for c in found if (c.state == state if state else everything or c.state not in ENDED)]
    if as_json:
        write_json([desk.as_json(check) for check in chosen])
        return
    if not chosen:
        typer.echo(
            "No such checks." if state else "No checks." if everything else "No open checks; --all shows ended ones."
        )
        return
    columns = ("check", "state", "rating", "level", "who", "rules", "next clock", "waiting for", "bundle")
    write_table("Checks", columns, (_row(check) for check in chosen))


def _row(check: Check) -> tuple[str, ...]:
    clock, due = min(check.clocks.items(), key=lambda pair: pair[1], default=("", None))
    waiting = [r.agency for r in check.of_round() if not r.settled]
    return (
        check.check_id[:8],
        plain(check.state),
        check.rating or f"({check.brag})",
        str(check.level),
        check.subject,
        ", ".join(sorted(check.rules)),
        f"{plain(clock.partition(':')[0])} {moment(due)}" if due else "",
        ", ".join(waiting),
        f"v{check.bundle}",
    )


@app.command(epilog="Example: mash check show 3f2a --as r.hale --role decision_maker")
def show(number: Number, *, who: As, role: Role = "screener", reason: Why = "") -> None:
    """Read a check's bundle in the terminal. The reading is logged first, and its sources get their receipts."""
    terminal.show(desk.read(load(), number, desk.Person(who, role), reason), console())


@app.command(epilog="Example: mash check bundle 3f2a --as r.hale --role decision_maker --reason deciding --pdf b.pdf")
def bundle(
    number: Number,
    *,
    who: As,
    role: Role = "screener",
    reason: Why = "",
    html: Annotated[Path | None, typer.Option(help="Write the page here.")] = None,
    pdf: Annotated[Path | None, typer.Option(help="Write the PDF here.")] = None,
    as_json: AsJson = False,
) -> None:
    """Read a check's bundle as a page, a PDF or JSON; in the terminal where none is asked for. Logged as `show`."""
    view = desk.read(load(), number, desk.Person(who, role), reason)
    if html:
        html.write_text(page.html(view), "utf-8")
    if pdf:
        pdf.write_bytes(page.pdf(view))
    if as_json:
        write_json(view)
    for path in (html, pdf):
        if path:
            typer.echo(f"Written: {path}", err=as_json)
    if not (html or pdf or as_json):
        terminal.show(view, console())


@app.command("open", epilog="Example: mash check open 3f2a --as r.hale --rating amber --because 'Two agencies worried'")
def open_command(
    number: Number,
    *,
    who: As,
    role: Role = "screener",
    rating: Annotated[str, typer.Option(help="red, amber or green; can follow later.")] = "",
    concern: Concern = "",
    because: Because = "",
) -> None:
    """Open a proposed check."""
    desk.act(load(), number, desk.Person(who, role), "open", because, {"rating": rating, "concern": concern})


@app.command(epilog="Example: mash check dismiss 3f2a --as r.hale --rule CB02=explained --because 'Seen today, well'")
def dismiss(
    number: Number,
    *,
    who: As,
    role: Role = "screener",
    rule: Annotated[list[str] | None, typer.Option(help="RULE=REASON, for each rule that fired.")] = None,
    because: Because = "",
) -> None:
    """Set a proposal aside, with a reason against each rule that fired."""
    desk.act(load(), number, desk.Person(who, role), "dismiss", because, desk.rule_codes(rule or []))


@app.command(epilog="Example: mash check rate 3f2a --as r.hale --rating red --because 'Injury confirmed'")
def rate(
    number: Number,
    *,
    who: As,
    role: Role = "screener",
    rating: Annotated[str, typer.Option(help="red, amber or green.")] = "",
    concern: Concern = "",
    because: Because = "",
) -> None:
    """Rate a check, or rate it anew with a reason."""
    desk.act(load(), number, desk.Person(who, role), "rate", because, {"rating": rating, "concern": concern})


@app.command(
    epilog="Example: mash check gate 3f2a --as r.hale --basis overridden --override-reason risk_of_harm "
    "--family not_safe --because 'Asking would warn the partner'"
)
def gate(
    number: Number,
    *,
    who: As,
    role: Role = "screener",
    basis: Annotated[str, typer.Option(help="agreed, overridden, statutory or not_agreed.")] = "",
    family: Annotated[str, typer.Option(help="informed, agreed, not_informed or not_safe.")] = "",
    override_reason: Annotated[str, typer.Option(help="Where overridden: packs/decisions.yaml lists them.")] = "",
    provision: Annotated[str, typer.Option(help="Where statutory: ca1989_s47 ...")] = "",
    limbs: Annotated[str, typer.Option(help="Adult, Care Act s42(1): three of yes, no, unknown: yes,yes,no")] = "",
    wishes: Annotated[str, typer.Option(help="Adult: recorded, not_asked_yet ...")] = "",
    capacity: Annotated[str, typer.Option(help="Adult: has, lacks, not_assessed, coerced.")] = "",
    confidentiality: Annotated[str, typer.Option(help="consent, public_interest, statute or not_owed.")] = "",
    ask: Annotated[str, typer.Option(help="The concern and what to look at: sent with each request.")] = "",
    part: Parts = None,
    because: Because = "",
) -> None:
    """Pass the sharing gate: the requests go to the agencies at once."""
    codes = {"basis": basis, "family": family, "override_reason": override_reason, "provision": provision}
    codes |= {"wishes": wishes, "capacity": capacity, "confidentiality": confidentiality}
    codes |= dict(zip(("s42_a", "s42_b", "s42_c"), limbs.split(","), strict=False))
    parts = {"ask": ask} | desk.pairs(part or [])
    desk.act(load(), number, desk.Person(who, role), "gate", because, codes, parts)


@app.command(
    epilog="Example: mash check answer 3f2a education --as j.moss --outcome answered --say education.attendance='92%'"
)
def answer(
    number: Number,
    agency: Annotated[str, typer.Argument(help="Whose request you answer.")],
    *,
    who: As = "",
    outcome: Annotated[str, typer.Option(help="answered, not_known, refused or acknowledged.")] = "answered",
    say: Annotated[list[str] | None, typer.Option(help="QUESTION=ANSWER, for each question.")] = None,
    reason: Annotated[str, typer.Option(help="Why refused: no_basis, other_proceedings, third_party, not_ours.")] = "",
    release: Annotated[str, typer.Option(help="owner_consent, mash_only, not_to_family or not_to_suspect.")] = "",
    minutes: Annotated[int, typer.Option(help="Minutes that it took you.", min=0)] = 0,
    from_draft: Annotated[
        bool, typer.Option("--from-draft", help="You began with what the hub holds, read it, and stand for it.")
    ] = False,
    because: Because = "",
) -> None:
    """Answer an agency's request, as its researcher; without --say, shows what is asked."""
    settings = load()
    if outcome == "answered" and not say:
        asked = desk.questions(settings, number, agency)
        write_table(f"Asked of {agency}", ("question", "words"), asked)
        for line in desk.draft(settings, number, agency):
            typer.echo(f"Held here of yours, to confirm: {line}")
        return
    if not who:
        raise typer.BadParameter("say who answers.", param_hint="--as (or MASH_AS)")
    reply = desk.Reply(outcome, desk.pairs(say or []), reason, release, because, minutes, drafted=from_draft)
    desk.answer(settings, number, agency, who, reply)


@app.command(
    epilog="Example: mash check decide 3f2a --as r.hale --decision section_17 --took-part 'social_care police health' "
    "--action 'health; 2026-03-20; Health visitor goes' --because '...'"
)
def decide(
    number: Number,
    *,
    who: As,
    role: Role = "decision_maker",
    decision: Annotated[
        str, typer.Option(help="section_47, section_17, early_help, section_42, signposted, nfa ...")
    ] = "",
    rule: Annotated[list[str] | None, typer.Option(help="RULE=REASON for each rule, where nfa.")] = None,
    took_part: Annotated[str, typer.Option(help="Agencies of the joint decision, space between.")] = "",
    dissent: Annotated[str, typer.Option(help="Those of them who did not agree.")] = "",
    why_without: Annotated[str, typer.Option(help="Red without one that must be heard: view_given, cannot_wait.")] = "",
    do: Annotated[list[str] | None, typer.Option("--action", help="OWNER; DATE; WHAT: an agreed action.")] = None,
    because: Because = "",
) -> None:
    """Write the joint decision down, having read the latest bundle."""
    codes = {"decision": decision, "took_part": took_part, "dissent": dissent, "why_without": why_without}
    agreed, parts = desk.actions(do or [])
    codes |= desk.rule_codes(rule or []) | agreed
    desk.act(load(), number, desk.Person(who, role), "decide", because, codes, parts)


@app.command(epilog="Example: mash check close 3f2a --as r.hale")
def close(number: Number, *, who: As, role: Role = "screener", because: Because = "") -> None:
    """Close a check; refused while anything is unread, or no service has accepted."""
    desk.act(load(), number, desk.Person(who, role), "close", because, {})


@app.command(epilog="Example: mash check act 3f2a hand_over --as r.hale --code service=section_17")
def act(
    number: Number,
    action: Annotated[str, typer.Argument(help=f"One of: {', '.join(sorted(ACTIONS))}.")],
    *,
    who: As,
    role: Role = "screener",
    code: Annotated[list[str] | None, typer.Option(help="NAME=VALUE, as the action asks.")] = None,
    part: Parts = None,
    agency: Annotated[str, typer.Option(help="Your agency, where you act for one.")] = "",
    because: Because = "",
) -> None:
    """Give any other command that a check knows; without its codes, it says which it needs."""
    person = desk.Person(who, role, agency)
    desk.act(load(), number, person, action, because, desk.pairs(code or []), desk.pairs(part or []))
