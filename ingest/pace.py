"""How much goes into one batch, and how long it waits for company: quick when there is little, large under load."""

from __future__ import annotations

from dataclasses import dataclass

SMALLEST, LARGEST = 64 * 1024, 2 * 1024 * 1024
MESSAGE = 64  # what a message weighs beside its bytes; a reading among a hundred is about twenty
SHORTEST_LINGER_S, LONGEST_LINGER_S = 0.004, 0.1
_IDLE = 4  # commits take at most a fifth of the time when there is little to do
_LONG_S = 0.25  # a commit that takes longer makes the next batches smaller: newer readings wait behind it


@dataclass(frozen=True, slots=True)
class Pace:
    """The size of a batch that is full, in ``weight``, and the seconds that one that is not full waits."""

    full: int = 4 * SMALLEST
    linger_s: float = SHORTEST_LINGER_S

    @property
    def messages(self) -> int:
        """The most messages of a batch."""
        return self.full // MESSAGE

    def after(self, weight: int, commit_s: float) -> Pace:
        """The pace after a batch of this weight was committed in so many seconds."""
        linger_s = min(LONGEST_LINGER_S, max(SHORTEST_LINGER_S, _IDLE * commit_s))
        if weight < self.full and commit_s <= _LONG_S:
            return Pace(self.full, linger_s)  # it says nothing about what a full one would have taken
        fitting = weight * _LONG_S / max(commit_s, 1e-6)
        return Pace(round(min(LARGEST, 2 * self.full, max(SMALLEST, self.full / 2, fitting))), linger_s)


def weight_of(payload: bytes) -> int:
    """What a message weighs in a batch."""
    return MESSAGE + len(payload)
