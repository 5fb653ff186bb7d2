"""What an action says when it cannot do what was asked."""
from __future__ import annotations

from collections.abc import Mapping, Sequence

WHOLE = "__all__"


class Invalid(Exception):
    """Bad input: nothing was saved. errors: field -> messages; `__all__` is about the whole. Holds no secret."""

    def __init__(self, errors: Mapping[str, Sequence[str]]) -> None:
        self.errors = {field: list(messages) for field, messages in errors.items()}
        super().__init__(self.sentence())

    def sentence(self) -> str:
        """Everything that is wrong, on one line, each with the name of its field."""
        return " ".join(message if field == WHOLE else f"{field}: {message}"
                        for field, messages in self.errors.items() for message in messages)
