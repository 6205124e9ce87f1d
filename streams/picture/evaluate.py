"""What the rules make of a person at one moment: own layer, circle, combinations. Nothing is sent or stored here."""

from __future__ import annotations

import msgspec

from streams.picture.context import NO_CONTEXT, Context, Digests, context_of
from streams.picture.own import Own
from streams.picture.ring import Ring
from streams.picture.rules.combine import decide
from streams.picture.rules.engine import Engine
from streams.picture.rules.inforce import InForce, Standing, Verdict
from streams.picture.rules.look import Person


class Evaluated(msgspec.Struct, frozen=True):
    """A person's picture at one moment, as the rules see it."""

    person: Person
    own: tuple[InForce, ...]
    context: Context
    verdict: Verdict
    found: Own

    @property
    def indicators(self) -> tuple[InForce, ...]:
        """Own, then through the circle."""
        return (*self.own, *self.context.indicators)


def evaluate(own: Own, ring: Ring, digests: Digests, person: Person, engine: Engine, now: int) -> Evaluated:
    """What the rules make of an own layer that is up to date, and of the circle."""
    in_force = own.in_force(engine, person, now)
    # Household indicators count for children; an adult's own say what the adult's are.
    adult = person.subject(now) == "adult"
    around = NO_CONTEXT if adult else context_of(ring, digests, own, engine, now)
    standing = Standing(now, person, in_force, around.indicators, own.found)
    return Evaluated(person, in_force, around, decide(engine.judges, standing), own)
