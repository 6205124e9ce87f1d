"""Where the published samples are, for tests that read them."""

from __future__ import annotations

from pathlib import Path

import pytest

SAMPLES = Path(__file__).resolve().parents[2].parent / "shared" / "formats"


@pytest.fixture
def samples() -> Path:
    """The folder of published samples; without it a test that reads them is skipped."""
    if not SAMPLES.is_dir():
        pytest.skip("the published samples (../shared/formats) are not on this machine")
    return SAMPLES
