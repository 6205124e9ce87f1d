"""Made-up identifiers with check digits that hold: NHS numbers of the 999 test range, UPNs, and local numbers."""

from __future__ import annotations

import random
from collections.abc import Iterator

_UPN = "ABCDEFGHJKLMNPQRTUVWXYZ"


def nhs_numbers(rng: random.Random) -> Iterator[str]:
    """Modulus 11 (NHS Data Dictionary), of the range that is never given out; each once, in no order."""
    for serial in rng.sample(range(10**6), 10**6):
        stem = f"999{serial:06}"
        check = 11 - sum(int(d) * w for d, w in zip(stem, range(10, 1, -1), strict=True)) % 11
        if check != 10:
            yield stem + str(check % 11)


def upn(rng: random.Random) -> str:
    """Twelve digits and their letter (DfE, UPN guide)."""
    digits = f"{rng.randrange(10**12):012}"
    total = sum(int(d) * w for d, w in zip(digits, range(2, 14), strict=True))
    return _UPN[total % 23] + digits


def nino(rng: random.Random) -> str:
    """Two letters, six digits, a suffix."""
    letters = "".join(rng.choices("ABCEGHJKLMNPRSTWXYZ", k=2))
    return f"{letters}{rng.randrange(10**6):06}{rng.choice('ABCD')}"
