"""Memory that this process shares with the helpers it forks: what goes there and back needs no pipe."""

from __future__ import annotations

import mmap


class Shelf:
    """Places of equal size for blocks, and for what a helper makes of them.

    Args:
        places: so many blocks can be under way.
        size: of a place, in bytes.
    """

    def __init__(self, places: int, size: int) -> None:
        self._memory = memoryview(mmap.mmap(-1, places * size))
        self._size = size
        self._free = list(range(places))

    def take_place(self) -> int | None:
        """Return a place that is free from now on until `give_back`, or None."""
        return self._free.pop() if self._free else None

    def give_back(self, place: int) -> None:
        """Say that nobody needs what lies in a place."""
        self._free.append(place)

    def put(self, place: int, data: bytes) -> bool:
        """Put data in a place; tell whether it has room for it."""
        if len(data) > self._size:
            return False
        begin = place * self._size
        self._memory[begin : begin + len(data)] = data
        return True

    def look(self, place: int, length: int) -> memoryview:
        """Return the data that was put in a place."""
        begin = place * self._size
        return self._memory[begin : begin + length]
