"""The picture stages' cores, without input or output: what other code and the import contract name."""

from streams.picture.facts_core import FactsCore
from streams.picture.person_core import PersonCore

__all__ = ["FactsCore", "PersonCore"]
