"""Identifiers of made-up people: each valid by its own scheme, none that a real person could have. No names, no places.

NHS numbers come from the test range 999 000 0000 to 999 999 9999. One in eleven of its million prefixes has no valid
check digit, so about 909,000 are usable: in a county with more people a share of them, drawn by lot, has none.
Sources: NHS Data Dictionary (NHS number, modulus 11); DfE UPN guide (modulus 23); PNC id (modulus 23); Ofcom numbers
for drama.
"""

from __future__ import annotations

from dataclasses import dataclass

UPN_LETTERS = "ABCDEFGHJKLMNPQRTUVWXYZ"
"""Check letters of a UPN: no I, O or S."""
PNC_LETTERS = "ZABCDEFGHJKLMNPQRTUVWXY"
"""Check letters of a PNC id, by remainder."""

_NHS_PREFIX = 999_000_000
_NHS_PREFIXES = 1_000_000
NHS_USABLE = 900_000
"""At most so many people get an NHS number: below the 909,091 that the test range holds."""

_SCATTER = 387_257
"""Odd, no multiple of 5: (_SCATTER * i) mod 10**6 visits every prefix once; siblings' numbers are apart."""

_DRAMA_RANGES = ("07700900", "01632960", "02079460")
_DRAMA_EACH = 1_000
TELEPHONES = len(_DRAMA_RANGES) * _DRAMA_EACH
"""So many there are: each goes to one person, lest strangers seem tied: in a larger county most have none."""


def nhs_check_digit(prefix: int) -> int | None:
    """The tenth digit for nine given ones, or None where the scheme allows none."""
    digits = f"{prefix:09d}"
    check = 11 - sum(int(d) * w for d, w in zip(digits, range(10, 1, -1), strict=True)) % 11
    return None if check == 10 else check % 11


def is_nhs_number(value: str) -> bool:
    """Whether ten digits hold together by modulus 11."""
    return len(value) == 10 and value.isdigit() and nhs_check_digit(int(value[:9])) == int(value[9])


@dataclass(slots=True)
class NhsNumbers:
    """Hands out the test range's numbers, each once, in an order that depends on `seed` alone.

    Attributes:
        seed: where in the range to begin.
        drawn: prefixes tried so far.
    """

    seed: int
    drawn: int = 0

    def next(self) -> str:
        """The next unused number; '' when the range is spent."""
        while self.drawn < _NHS_PREFIXES:
            prefix = _NHS_PREFIX + (_SCATTER * self.drawn + self.seed) % _NHS_PREFIXES
            self.drawn += 1
            if (check := nhs_check_digit(prefix)) is not None:
                return f"{prefix}{check}"
        return ""


def upn(la: int, school: int, year: int, serial: int) -> str:
    """A unique pupil number: check letter, LA, school, year of allocation, serial."""
    body = f"{la:03d}{school:04d}{year % 100:02d}{serial:03d}"
    return UPN_LETTERS[_upn_remainder(body)] + body


def is_upn(value: str) -> bool:
    """Whether a permanent UPN's check letter holds."""
    return len(value) == 13 and value[1:].isdigit() and value[0] == UPN_LETTERS[_upn_remainder(value[1:])]


def _upn_remainder(body: str) -> int:
    return sum(int(d) * w for d, w in zip(body, range(2, 14), strict=True)) % 23


def pnc(year: int, serial: int) -> str:
    """A PNC id: four-figure year, serial of seven figures, check letter."""
    return f"{year}/{serial:07d}{PNC_LETTERS[int(f'{year % 100}{serial:07d}') % 23]}"


def is_pnc(value: str) -> bool:
    """Whether a PNC id's check letter holds."""
    year, _, rest = value.partition("/")
    return rest[-1] == PNC_LETTERS[int(f"{int(year) % 100}{int(rest[:-1]):07d}") % 23]


def telephone(number: int) -> str:
    """The telephone number of that rank, from 0, of those that Ofcom sets aside for drama, such as 07700 900123."""
    return f"{_DRAMA_RANGES[number // _DRAMA_EACH]}{number % _DRAMA_EACH:03d}"


def is_drama_number(value: str) -> bool:
    """Whether a number is one of Ofcom's for drama."""
    return len(value) == 11 and value.startswith(_DRAMA_RANGES)


def break_check_digit(value: str) -> str:
    """The same number with its last figure one higher: its check digit no longer holds."""
    return value[:-1] + str((int(value[-1]) + 1) % 10)
