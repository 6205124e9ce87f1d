"""The Avro contract as files: `<namespace>/<Name>.avsc` now, `released/<version>/` every version ever released.

Generated from `hub.messages` by `mash schemas write` and checked in; only files and the paths to them live here.
"""

from pathlib import Path

HERE = Path(__file__).parent
RELEASED = HERE / "released"
