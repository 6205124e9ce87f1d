"""The identity stage's own errors, by remedy. Nothing else may live here."""

from __future__ import annotations

from hub.errors import Fatal, Skippable


class ModelWrong(Fatal):
    """A match model or cleaning table that can't be used."""

    def __init__(self, what: str) -> None:
        """The remedy is always the same."""
        super().__init__(what, "Mend the file, or go back to the one that comes with the hub (packs/match).")


class UnknownSource(Skippable):
    """A decision names a source identity that no record has mentioned."""

    def __init__(self) -> None:
        """No id in the text: the dead letter holds the command."""
        super().__init__(
            "A decision on a source identity that no record has mentioned.",
            "Check the pair on the review page, and send the decision again once its records are in.",
            reason="unknown-source",
        )


class BadDecision(Skippable):
    """A command with a decision that does not exist, or on one identity with itself."""

    def __init__(self) -> None:
        """No id in the text: the dead letter holds the command."""
        super().__init__(
            "A decision that is none of same, different, cannot_tell, withdrawn, or names one identity twice.",
            "Send it again with one of these, on two identities.",
            reason="bad-decision",
        )
