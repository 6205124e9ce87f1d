"""What a partnership edits: fact catalogue, rules, questions, clocks, agreements, code sets. Files, no code."""

from pathlib import Path

HERE = Path(__file__).parent
