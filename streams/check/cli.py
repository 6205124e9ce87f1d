"""`mash check`: see checks, read bundles, act on them as a named person. Says "saved" only when the event came back."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from hub.cli.output import AsJson, console, write_json, write_table
from hub.cli.process import stop_on_signal
from hub.settings import load
from streams.check import cli_desk as desk
from streams.check.render import page, terminal
from streams.check.render.words import moment, plain
from streams.check.state import ENDED, Check, State

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    help="See checks, read bundles, act on them. Example: mash check list",
)
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
Because = Annotated[str, typer.Option(help="Why, in words. Sealed under the person's key.")]
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
    because: Because = "",
) -> None:
    """Open a proposed check."""
    desk.act(load(), number, desk.Person(who, role), "open", because, {"rating": rating})


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
    because: Because = "",
) -> None:
    """Rate a check, or rate it anew with a reason."""
    desk.act(load(), number, desk.Person(who, role), "rate", because, {"rating": rating})


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
    because: Because = "",
) -> None:
    """Pass the sharing gate: the requests go to the agencies at once."""
    codes = {"basis": basis, "family": family, "override_reason": override_reason, "provision": provision}
    codes |= {"wishes": wishes, "capacity": capacity}
    codes |= dict(zip(("s42_a", "s42_b", "s42_c"), limbs.split(","), strict=False))
    desk.act(load(), number, desk.Person(who, role), "gate", because, codes)


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
    because: Because = "",
) -> None:
    """Answer an agency's request, as its researcher; without --say, shows what is asked."""
    settings = load()
    if outcome == "answered" and not say:
        asked = desk.questions(settings, number, agency)
        write_table(f"Asked of {agency}", ("question", "words"), asked)
        return
    if not who:
        raise typer.BadParameter("say who answers.", param_hint="--as (or MASH_AS)")
    desk.answer(settings, number, agency, who, desk.Reply(outcome, desk.pairs(say or []), reason, release, because))


@app.command(
    epilog="Example: mash check decide 3f2a --as r.hale --role decision_maker --decision section_17 --because '...'"
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
    because: Because = "",
) -> None:
    """Decide, having read the latest bundle."""
    codes = {"decision": decision} | desk.rule_codes(rule or [])
    desk.act(load(), number, desk.Person(who, role), "decide", because, codes)


@app.command(epilog="Example: mash check close 3f2a --as r.hale")
def close(number: Number, *, who: As, role: Role = "screener", because: Because = "") -> None:
    """Close a check; refused while anything is unread, or no service has accepted."""
    desk.act(load(), number, desk.Person(who, role), "close", because, {})


@app.command(epilog="Example: mash check act 3f2a hand_over --as r.hale --code service=section_17")
def act(
    number: Number,
    action: Annotated[str, typer.Argument(help="route, disseminate, hand_over, accept, feed_back, reopen, note ...")],
    *,
    who: As,
    role: Role = "screener",
    code: Annotated[list[str] | None, typer.Option(help="NAME=VALUE, as the action asks.")] = None,
    because: Because = "",
) -> None:
    """Give any other command that a check knows."""
    desk.act(load(), number, desk.Person(who, role), action, because, desk.pairs(code or []))


@app.command(epilog="Example: mash check script --until-quiet 10")
def script(
    *,
    until_quiet: Annotated[
        float, typer.Option(help="Stop when nothing has happened for so many seconds; 0: until stopped.", min=0)
    ] = 0,
) -> None:
    """Let scripted parties act on every check: made-up people only."""
    from streams.check import scripted  # noqa: PLC0415 - only here

    quiet, stop = desk.Quiet(until_quiet), stop_on_signal()
    settings = load()
    model = scripted.run(settings, lambda _model: stop.is_set() or quiet.over(), quiet.heard)
    for check in model.checks.values():
        typer.echo(f"{check.check_id[:8]}  {plain(check.state)}  {check.decision or '-'}")
