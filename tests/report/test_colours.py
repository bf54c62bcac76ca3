"""The colours of the families can be told apart, by colour-blind readers too."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import numpy.typing as npt
import pytest

from tacticlens.kernels.family import FAMILIES
from tacticlens.views.colours import COLOURS, HEAT

Vector = npt.NDArray[np.float64]

# how red, green and blue light look to people without one kind of cone (Machado, Oliveira, Fernandes 2009)
SIGHTS = {
    "all cones": np.eye(3),
    "no long cones": np.array(
        [[0.1523, 1.0526, -0.2049], [0.1145, 0.7863, 0.0992], [-0.0039, -0.0481, 1.0520]]
    ),
    "no middle cones": np.array(
        [[0.3673, 0.8606, -0.2279], [0.2801, 0.6727, 0.0472], [-0.0118, 0.0430, 0.9688]]
    ),
    "no short cones": np.array(
        [[1.2555, -0.0767, -0.1788], [-0.0784, 0.9308, 0.1476], [0.0048, 0.6914, 0.3039]]
    ),
}
TOGETHER = ("implicit_gemm", "gemm", "myelin", "pointwise", "reformat", "pooling")
"""What stands side by side in most engines."""
LEAST = 11.0
"""Difference in CIE Lab; 2.3 is just seen when two colours touch."""


def lab(colour: str, sight: Vector) -> Vector:
    parts = np.array([int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)])
    light = np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)
    seen = np.clip(sight @ light, 0, 1)
    to_xyz = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
    xyz = to_xyz @ seen / np.array([0.9505, 1.0, 1.089])
    f = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("sight", SIGHTS)
def test_families_that_stand_side_by_side_look_different(sight: str, scheme: str) -> None:
    seen = {family: lab(getattr(COLOURS[family], scheme), SIGHTS[sight]) for family in TOGETHER}
    close = {
        (one, other): round(float(np.linalg.norm(seen[one] - seen[other])), 1)
        for one, other in combinations(TOGETHER, 2)
        if np.linalg.norm(seen[one] - seen[other]) < LEAST
    }
    assert close == {}


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("sight", SIGHTS)
def test_all_levels_of_a_heat_map_look_different(sight: str, scheme: str) -> None:
    seen = {level: lab(getattr(shade, scheme), SIGHTS[sight]) for level, shade in HEAT.items()}
    close = {
        (one, other): round(float(np.linalg.norm(seen[one] - seen[other])), 1)
        for one, other in combinations(HEAT, 2)
        if np.linalg.norm(seen[one] - seen[other]) < LEAST
    }
    assert close == {}


def test_every_family_has_a_colour_of_its_own() -> None:
    assert tuple(COLOURS) == FAMILIES
    for scheme in ("light", "dark"):
        assert len({getattr(colour, scheme) for colour in COLOURS.values()}) == len(FAMILIES)
