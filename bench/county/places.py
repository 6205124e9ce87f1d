"""A made-up county: its towns, streets, postcodes, property numbers, schools and hospital. Nobody lives here yet.

Nothing in it exists. Postcodes use the area `ZY`, which Royal Mail has never allocated though it fits every format
check; UPRNs begin with 999, beyond those allocated; the local authority is 990 and the trust RZ9, neither in use;
towns and streets are invented.
"""

from __future__ import annotations

from dataclasses import dataclass

from bench.county.tables import words

LA_CODE = 990
LA_NAME = "Thistlemere"
TRUST = "RZ9"
"""ODS-like code of the hospital trust."""
POSTCODE_AREA = "ZY"
PEOPLE_PER_DISTRICT = 7_000
"""About what two primary schools and one secondary school serve."""

TOWNS = words(
    "Ashenfold Bramwick Copperwell Dunmarrow Eldermere Fernlow Gannetsby Hobbleton Ivelcombe Jasperford "
    "Kettlemoor Larkenby Marrowcombe Nettlebourne Owlthorpe Pebblewick Quillmere Rushenden Saltergill "
    "Tanglewood Umberleyton Vixenholt Wrensley Yarrowgate Zealford"
)
_STREETS = words(
    "Acorn Badger Bluebell Bramble Brewery Candle Cherry Chestnut Clover Cooper Copper Curlew Elder Falcon "
    "Fern Forge Foundry Garland Glebe Harvest Hawthorn Heron Juniper Kestrel Lantern Laurel Linden Lock Magpie "
    "Maple Meadow Mill Nightingale Orchard Osprey Otter Pear Pepper Plover Poppy Quarry Rowan Saddler Sorrel "
    "Sparrow Spindle Tanner Thistle Weaver Willow"
)
_ROADS = ("Street", "Road", "Close", "Lane", "Avenue", "Drive", "Way", "Crescent", "Court", "Gardens", "Rise", "Walk")
_UNIT_LETTERS = "ABDEFGHJLNPQRSTUWXYZ"
"""Letters of a postcode's last two places: never C I K M O V."""
_HOUSES_PER_POSTCODE = 15


@dataclass(frozen=True, slots=True)
class Place:
    """A dwelling.

    Attributes:
        number: house number, or "Flat 2, 14".
        street: street name.
        town: town.
        postcode: with its space.
        uprn: twelve digits, 999 first.
        communal: a care home, hostel or the like.
    """

    number: str
    street: str
    town: str
    postcode: str
    uprn: str
    communal: bool = False

    @property
    def lines(self) -> tuple[str, str]:
        """Address lines without the postcode."""
        return (f"{self.number} {self.street}", self.town)


@dataclass(frozen=True, slots=True)
class School:
    """A school."""

    estab: int
    urn: int
    name: str
    primary: bool


@dataclass(frozen=True, slots=True)
class District:
    """A part of the county with its own schools and practice."""

    number: int

    @property
    def town(self) -> str:
        """The town it belongs to."""
        return TOWNS[self.number % len(TOWNS)]

    @property
    def practice(self) -> str:
        """Code of its GP practice, in the shape of an ODS code."""
        return f"Z{99000 + self.number % 1000:05d}"

    @property
    def schools(self) -> tuple[School, School, School]:
        """Two primary schools and a secondary school."""
        n = self.number
        return (
            School(2000 + 2 * n, 900_000 + 3 * n, f"{self.town} {_STREETS[n % 50]} Primary School", primary=True),
            School(
                2001 + 2 * n, 900_001 + 3 * n, f"{self.town} {_STREETS[(n + 17) % 50]} Primary School", primary=True
            ),
            School(4000 + n, 900_002 + 3 * n, f"{self.town} {_STREETS[(n + 31) % 50]} Academy", primary=False),
        )

    def dwelling(self, index: int, *, communal: bool = False) -> Place:
        """The district's dwelling number `index` (0 on): each its own UPRN, fifteen to a postcode."""
        unit = index // _HOUSES_PER_POSTCODE
        street = f"{_STREETS[unit % 50]} {_ROADS[unit // 50 % 12]}"
        house = 1 + index % _HOUSES_PER_POSTCODE * 2 + unit // 600 * 40
        number = f"{house}" if not communal else f"{_STREETS[(unit + 7) % 50]} House, {house}"
        uprn = f"999{self.number % 10_000:04d}{index:05d}"
        return Place(number, street, self.town, self._postcode(unit), uprn, communal)

    def _postcode(self, unit: int) -> str:
        outward = 1 + self.number % 99
        sector = (self.number // 99 * 4 + unit // 400) % 10
        within = unit % 400
        return f"{POSTCODE_AREA}{outward} {sector}{_UNIT_LETTERS[within // 20]}{_UNIT_LETTERS[within % 20]}"
