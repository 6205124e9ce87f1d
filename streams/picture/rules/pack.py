"""A rule pack as a partnership writes it: what may stand in the YAML, field by field. No file is read here."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from streams.picture.rules.where import ALWAYS, Where

Subject = Literal["child", "adult", "household"]
Brag = Literal["RED", "AMBER", "GREEN", "BLUE", "CONTEXT"]
Grade = Literal["S", "P", "D"]
Codes = Annotated[list[str], BeforeValidator(lambda v: [v] if isinstance(v, str) else v), Field(min_length=1)]
"""Fact codes, or one; `@name` stands for the group of that name."""
Days = Annotated[int, Field(gt=0, le=36_525, description="Days; at most a hundred years.")]
Level = Annotated[int, Field(ge=1, le=4)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _Rule(_Strict):
    id: str = Field(pattern=r"^[A-Z]{2}\d{2}$", description="Two letters and two digits, for ever the same rule.")
    subject: Subject = Field(description="Whose: a child's, an adult's, or (household) whoever's lives with a child.")
    text: str = Field(min_length=10, description="What fired, in words for people.")
    evidence: Grade = Field(description="S in the source, P partly, D a default that a partnership must sign off.")
    basis: str = Field(description="Where in law, guidance or published practice it comes from; '-' if nowhere.")
    owner: str = Field(default="", description="Who answers for it; '' is the pack's owner.")
    version: int = Field(default=1, ge=1, description="Counts changes of this rule.")
    review: date | None = Field(default=None, description="When to look at it again; None is the pack's date.")


class Requirement(_Strict):
    """Another fact that must be there for a fact to count."""

    facts: Codes
    where: Where = ALWAYS
    within_days: Days | None = Field(default=None, description="From the counted fact, before or after; None any time.")
    order: Literal["before", "after", "any"] = Field(default="any", description="Relative to the counted fact.")
    open: bool = Field(default=False, description="It must still be so (no end said, or an end to come).")


class LevelWhere(_Strict):
    """Another level than the rule's own, for facts of which a condition holds. The first that holds is taken."""

    where: Where
    level: Level


class Sum(_Strict):
    """A total over the counted facts."""

    attribute: str
    at_least: float = Field(gt=0, allow_inf_nan=False)


class Network(_Strict):
    """Ties beyond the family, to people who have indicators of some categories."""

    ties: list[Literal["peer", "place", "telephone"]] = Field(min_length=1)
    categories: list[str] = Field(min_length=1)
    others: int = Field(default=1, ge=1, description="How many other people.")


class Indicator(_Rule):
    """A fact, or several within a window, that raise a level. It never opens a check; combinations do."""

    category: str = Field(min_length=3)
    facts: Codes | None = Field(default=None, description="Which facts count.")
    where: Where = Field(default=ALWAYS, description="Of which a condition holds.")
    agencies: list[str] = Field(default_factory=list, description="Whose facts count; none named: everybody's.")
    count: int = Field(default=1, ge=1, le=50, description="Distinct originating incidents: an echo is none.")
    same_value: bool = Field(default=False, description="Only facts of one value count together: one provider's, say.")
    sum: Sum | None = None
    window_days: Days | None = Field(default=None, description="How long a fact counts; None for ever.")
    requires: list[Requirement] = Field(default_factory=list, description="All of these too.")
    lasts_days: Days | None = Field(default=None, description="It must have lasted so long, without `ended_by`.")
    ended_by: list[str] = Field(default_factory=list, description="Facts that end a lasting one.")
    with_circle: list[str] = Field(
        default_factory=list, description="Only together with an indicator of these categories in the circle."
    )
    network: Network | None = None
    level: Level
    levels: list[LevelWhere] = Field(default_factory=list)
    brag: Brag
    replaces: list[str] = Field(default_factory=list, description="Weaker rules on the same facts: counted once.")
    poverty_proxy: bool = Field(default=False, description="At most one of these counts in a combination.")
    context_only: bool = Field(default=False, description="Shown, never counted in a combination.")


class Need(_Strict):
    """So many different indicators of at least a level."""

    level: Level
    count: int = Field(ge=1, le=20)


class Trio(_Strict):
    """Different categories at once."""

    categories: list[str] = Field(min_length=2)
    distinct: int = Field(ge=2)
    young: bool = Field(default=False, description="Only for a child under one, or unborn.")


class Silence(_Strict):
    """Nobody has seen the child although there is a concern."""

    level: Level = Field(description="A concern is an own indicator of at least this level.")
    days: Days = Field(description="Since last seen, or since the concern began.")
    school_age: int = Field(
        default=5,
        ge=0,
        le=18,
        description="From this age a child is taken to be seen at school unless a fact says that it is off roll: a hub "
        "without a school's register must not take every child for unseen.",
    )


class Combination(_Rule):
    """What makes a proposal. Exactly one of `needs`, `trio`, `facts`, `silence`, `raises` and `routes` is set."""

    category: str = "any"
    needs: list[Need] = Field(default_factory=list)
    agencies: int = Field(default=1, ge=1, description="Distinct agencies, counted per originating incident.")
    categories: int = Field(default=1, ge=1, description="Distinct categories among what counts.")
    accumulates: bool = Field(default=False, description="Signed off to open on level 2 alone.")
    trio: list[Trio] = Field(default_factory=list, description="Any of these.")
    facts: Codes | None = None
    where: Where = ALWAYS
    count: int = Field(default=1, ge=1, le=50)
    requires: list[Requirement] = Field(default_factory=list)
    silence: Silence | None = None
    raises: int = Field(default=0, ge=0, le=1, description="Raise the combination by this, never to 4.")
    routes: bool = Field(default=False, description="Already open to a worker: route; level 4 is never held up.")
    window_days: Days | None = None
    level: Level | None = Field(default=None, description="3 or 4; none for `raises` and `routes`.")
    brag: Brag | None = None

    @property
    def opens(self) -> bool:
        """Whether it makes a proposal by itself."""
        return not self.raises and not self.routes


class Signals(_Strict):
    """Facts that say how things stand, beside the indicators."""

    seen: Codes = Field(description="A professional saw the person.")
    open_to_worker: Codes = Field(description="Open involvement: a worker is allocated, or a plan is in force.")
    closes_involvement: list[str] = Field(default_factory=list, description="Facts that end it.")
    on_roll: Codes = Field(description="Seen on school days as long as it lasts.")
    off_roll: Codes = Field(description="Facts that end it.")
    dependent: Codes = Field(description="Disabled and dependent on others.")
    outcome: list[str] = Field(
        default_factory=list, description="Help or protection followed. Rules never read it; a back-test's yield does."
    )


class Ties(_Strict):
    """Through which ties a household's indicators count for a child."""

    relations: list[str] = Field(min_length=1, description="What the other person is to the child.")
    most_sharing: int = Field(
        default=8,
        ge=2,
        le=12,
        description="More people than these with one telephone or at one place say nothing: a switchboard, a hospital.",
    )


class RulePack(_Strict):
    """The whole file."""

    pack: str = Field(pattern=r"^[a-z0-9-]+$")
    version: int = Field(ge=1)
    owner: str = Field(min_length=2)
    review: date
    groups: dict[str, list[str]] = Field(default_factory=dict, description="Named groups of fact codes.")
    signals: Signals
    ties: Ties
    indicators: list[Indicator] = Field(min_length=1)
    combinations: list[Combination] = Field(min_length=1)

    @property
    def name(self) -> str:
        """Pack and version, as proposals name it."""
        return f"{self.pack}/{self.version}"

    def codes(self, names: list[str] | None) -> tuple[str, ...]:
        """Fact codes with groups put in.

        Raises:
            KeyError: a group that the pack doesn't have.
        """
        found: dict[str, None] = {}
        for name in names or ():
            found.update(dict.fromkeys(self.groups[name[1:]] if name.startswith("@") else (name,)))
        return tuple(found)
