"""A synthetic county: native files of four agencies, made up from a seed, and the truth about them."""

from bench.county.config import Config, Summary
from bench.county.county import generate

__all__ = ["Config", "Summary", "generate"]
