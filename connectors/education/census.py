"""School census tables (COLLECT extract, CSV) as canonical records: one format a table, one record a row.

Sources: school census technical specifications 2015 to 2026; the column lists of local authorities' pipelines.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import PurePath
from typing import BinaryIO

from connectors.education import census_facts
from connectors.education.census_people import address, identity, restricted
from connectors.education.census_tables import PUPIL_TABLES, Row, Term, table_of
from connectors.kit.api import Context, Native, Reject, Unreadable
from connectors.kit.csv_rows import WRONG_FORMAT, header_of, read_rows
from connectors.kit.records import common, no_subject, unmapped
from hub.messages import AgencyRecord
from hub.messages.record import Fact, Identity, Precision, Role, Subject

TABLES: dict[str, tuple[str, Callable[[Row], list[Fact]]]] = {
    "pupilonroll": ("education.on_roll", census_facts.on_roll),
    "pupilnolongeronroll": ("education.on_roll", census_facts.left),
    "termlyexclusionsonroll": ("education.exclusion", census_facts.exclusion),
    "termlyexclusionsoffroll": ("education.exclusion", census_facts.exclusion),
    "termlysessiondetailsonroll": ("education.sessions", census_facts.sessions),
    "termlysessiondetailsoffroll": ("education.sessions", census_facts.sessions),
    "annualsessiondetailsonroll": ("education.sessions", census_facts.sessions),
    "annualsessiondetailsoffroll": ("education.sessions", census_facts.sessions),
    "summerhalfterm2sessiondetailsonroll": ("education.sessions", census_facts.sessions),
    "summerhalfterm2sessiondetailsoffroll": ("education.sessions", census_facts.sessions),
    "senneeds": ("education.sen", census_facts.sen_need),
    "addresses": ("education.on_roll", census_facts.nothing),
    "addressesonroll": ("education.on_roll", census_facts.nothing),
    "addressesoffroll": ("education.on_roll", census_facts.nothing),
    "fsmperiod": ("education.on_roll", census_facts.free_meals),
    "fsmperiods": ("education.on_roll", census_facts.free_meals),
    "fsmperiodsonroll": ("education.on_roll", census_facts.free_meals),
    "fsmperiodsoffroll": ("education.on_roll", census_facts.free_meals),
}
"""Table to the kind of its records, and what reads its facts."""
OTHER = "other"
"""Any other table about pupils (learning aims, learner support ...): its rows are kept without facts."""


@dataclass(frozen=True, slots=True)
class CensusRow:
    """A row, and what its file tells of it: `Native.value`."""

    table: str
    term: Term
    cells: dict[str, str]


class CensusTable:
    """School census, one table a file (CSV; see the module)."""

    agency = "education"
    system = "school_census"

    def __init__(self, table: str) -> None:
        """A table of `TABLES`, or `OTHER`."""
        self.table = table
        self.name = f"education.census.{table}"
        self.kind, self.facts = TABLES.get(table, ("education.on_roll", census_facts.nothing))

    def sniff(self, head: bytes, file_name: str) -> bool:  # noqa: ARG002 - the content decides
        """Whether the columns are this table's."""
        return self._is_ours(table_of(header_of(head)))

    def read(self, source: BinaryIO) -> Iterator[Native | Reject]:
        """Rows; the census's term is taken from the file's name, if it has one.

        Raises:
            Unreadable: as `read_rows`, or `wrong-format` where the columns are another table's.
        """
        term = Term.of(PurePath(str(getattr(source, "name", ""))).name)
        required = () if self.table == OTHER else ("nativeid", "sourceid", *self._own_key())
        for native in read_rows(source, required=required, normal=str.lower):
            if isinstance(native, Reject):
                yield native
                continue
            table = table_of(list(native.value))
            if not self._is_ours(table):
                raise Unreadable(
                    f"The columns are not those of the census table {self.table}.",
                    "Name the right format, or let `auto` find it.", reason=WRONG_FORMAT,
                )  # fmt: skip
            yield replace(native, value=CensusRow(table, term, native.value))

    def translate(self, native: Native, context: Context) -> list[AgencyRecord]:
        """One record.

        Raises:
            Unreadable: `no-subject` (a row without its pupil's key, and without a name).
        """
        value: CensusRow = native.value
        row = Row.of(value.table, value.term, value.cells)
        who = self._who(row)
        if not row.pupil and not who.names:
            raise no_subject()
        facts = self.facts(row)
        subject = Subject(
            ref="pupil", role=Role.CHILD, local_person_id=row.pupil, identity=who, facts=facts,
            restricted=restricted(row),
        )  # fmt: skip
        at = _latest(facts) or value.term.collected_until
        return [
            AgencyRecord(
                **common(self, native, context), local_id=row.key, kind=self.kind, subjects=[subject], occurred_at=at,
                occurred_precision=Precision.DAY if _latest(facts) else Precision.MONTH, unmapped=unmapped(row.rest()),
            )
        ]  # fmt: skip

    def _who(self, row: Row) -> Identity:
        if self.table in PUPIL_TABLES:
            return identity(row)
        return address(row) if self.table.startswith("addresses") else Identity()

    def _is_ours(self, table: str) -> bool:
        return bool(table) and (table == self.table or (self.table == OTHER and table not in TABLES))

    def _own_key(self) -> tuple[str, ...]:
        return (f"{self.table}tableid",)


def _latest(facts: list[Fact]) -> datetime | None:
    return max((fact.at for fact in facts if fact.at), default=None)


CENSUS = tuple(CensusTable(table) for table in (*TABLES, OTHER))
