"""Documents into dataclasses: what fits arrives as its type, all that does not is named."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, get_args

import pytest

from deepspectrum_features.errors import CorpusError, RecipeError
from deepspectrum_features.networks import build_network
from deepspectrum_features.recipe import (
    SYSTEMS,
    NetworkRecipe,
    OpensmileLld,
    PowerSpectrogram,
    Recipe,
)
from deepspectrum_features.recipe.document import build
from deepspectrum_features.recipe.limits import limited


@dataclass(frozen=True)
class Circle:
    kind: str = "circle"
    radius: float = limited(1.0, more_than=0, at_most=10)


@dataclass(frozen=True)
class Polygon:
    kind: str = "polygon"
    corners: tuple[int, ...] = limited((0, 1, 2), at_least=0)
    colour: str = "red"


@dataclass(frozen=True, kw_only=True)
class Drawing:
    title: str
    shape: Circle | Polygon = field(default_factory=Circle)
    layers: list[Polygon] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)
    share: float | None = limited(None, at_least=0, less_than=1)
    measured: list[float] = limited(finite=False)
    closed: bool = True
    notes: Any = None

    def problems(self) -> Iterator[str]:
        if self.title in self.counts:
            yield "title: is counted, need another"


FULL: dict[str, Any] = {
    "title": "house",
    "shape": {"kind": "polygon", "corners": [0, 1, 2, 3], "colour": "blue"},
    "layers": [{"kind": "polygon", "corners": [], "colour": "grey"}],
    "counts": {"doors": 1},
    "share": 0.5,
    "measured": [1.0, 2.5],
    "closed": False,
    "notes": {"any": [1, "thing"]},
}


def told(**changes: object) -> list[str]:
    """Return the problems of a drawing that differs from a good one."""
    with pytest.raises(RecipeError, match=r"^here: ") as caught:
        build(Drawing, FULL | changes, where="here", error=RecipeError)
    return str(caught.value).removeprefix("here: ").split("; ")


def test_a_document_and_back() -> None:
    built = build(Drawing, FULL, where="here", error=RecipeError)
    assert built.shape == Polygon(corners=(0, 1, 2, 3), colour="blue")
    assert built.layers == [Polygon(corners=(), colour="grey")]
    assert json.loads(json.dumps(dataclasses.asdict(built))) == FULL


def test_what_is_left_out_has_its_default_and_whole_numbers_stand_for_floats() -> None:
    built = build(Drawing, {"title": "", "measured": [1]}, where="here", error=RecipeError)
    assert built == Drawing(title="", measured=[1.0])
    assert type(built.measured[0]) is float
    shape = {"title": "", "measured": [], "shape": {"radius": 2}}
    assert build(Drawing, shape, where="", error=RecipeError).shape == Circle(radius=2.0)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"title": 3}, "title: 3, need text"),
        ({"title": None}, "title: None, need text"),
        ({"closed": 1}, "closed: 1, need true or false"),
        ({"counts": []}, "counts: [], need an object"),
        ({"counts": {"a": 1, "b\n": 1.0}}, "counts.b\\n: 1.0, need a whole number"),
        ({"counts": {"a": True}}, "counts.a: True, need a whole number"),
        ({"counts": {"a": -(2**63)}}, f"counts.a: -{2**63}, need a whole number of 64 bits"),
        ({"layers": {}}, "layers: {}, need a list"),
        ({"layers": [{}, {"colour": 1}]}, "layers[1].colour: 1, need text"),
        ({"layers": [{}, "x"]}, "layers[1]: 'x', need an object"),
        ({"layers": [{"kind": "circle"}]}, "layers[0].kind: 'circle', need polygon"),
        ({"shape": {"kind": "line"}}, "shape.kind: 'line', need circle or polygon"),
        ({"shape": {"kind": []}}, "shape.kind: [], need circle or polygon"),
        ({"shape": None}, "shape: None, need an object"),
        ({"shape": {"radius": 0}}, "shape.radius: 0, need more than 0 and at most 10"),
        ({"shape": {"radius": 10.5}}, "shape.radius: 10.5, need more than 0 and at most 10"),
        ({"shape": {"radius": float("nan")}}, "shape.radius: nan, need a number"),
        ({"shape": {"radius": 10**400}}, f"shape.radius: 1{'0' * 56}..., need a number"),
        (
            {"shape": {"kind": "polygon", "corners": [1, -1]}},
            "shape.corners[1]: -1, need at least 0",
        ),
        ({"share": 1}, "share: 1, need at least 0 and less than 1"),
        ({"share": True}, "share: True, need a number"),
        ({"measured": [1, "2"]}, "measured[1]: '2', need a number"),
        ({"colour": 1}, "unknown field 'colour'"),
        ({"shape": {"radios": 1}}, "unknown field 'shape.radios' (did you mean 'radius'?)"),
        ({"counts": {"house": 1}}, "title: is counted, need another"),
    ],
)
def test_what_does_not_fit_is_named(changes: dict[str, object], expected: str) -> None:
    assert told(**changes) == [expected]


def test_not_a_number_is_taken_where_it_may_be() -> None:
    taken = build(Drawing, FULL | {"measured": [float("inf")]}, where="", error=RecipeError)
    assert taken.measured == [float("inf")]


def test_fields_of_no_member_are_named_beside_a_wrong_tag() -> None:
    changed = told(shape={"kind": "circles", "radius": 1, "corners": [], "x": 1})
    assert changed == ["shape.kind: 'circles', need circle or polygon", "unknown field 'shape.x'"]


def test_everything_is_told_at_once_under_the_callers_own_error() -> None:
    with pytest.raises(CorpusError) as caught:
        build(Drawing, {"titel": "x", "share": 2}, where="a.toml", error=CorpusError)
    assert str(caught.value) == (
        "a.toml: unknown field 'titel' (did you mean 'title'?); title: missing; "
        "share: 2, need at least 0 and less than 1; measured: missing"
    )
    with pytest.raises(CorpusError, match=r"^a\.toml: list, need a JSON object$"):
        build(Drawing, [], where="a.toml", error=CorpusError)


def test_unknown_fields_can_be_ignored_at_every_depth() -> None:
    more = FULL | {"x": 1, "layers": [FULL["layers"][0] | {"x": 1}]}
    built = build(Drawing, more, where="", error=RecipeError, unknown="ignore")
    assert built == build(Drawing, FULL, where="", error=RecipeError)


def test_every_system_of_the_registry_is_a_network_that_a_recipe_takes_and_torch_builds() -> None:
    assert {system.recipe for system in SYSTEMS.values()} == set(
        get_args(NetworkRecipe) or (NetworkRecipe,)
    )
    for name, system in SYSTEMS.items():
        front_end = system.presets["paper"].front_end
        named = {"network": {"system": name}, "front_end": {"kind": front_end.kind}}
        recipe = Recipe.from_dict(named)
        assert type(recipe.network) is system.recipe
        assert type(recipe.front_end) is type(front_end)
        assert isinstance(build_network(recipe, classes=2), system.network_class())


def test_a_front_end_is_chosen_by_its_kind_and_must_suit_the_view() -> None:
    front_end = {"kind": "opensmile-lld", "delta_window": 0}
    with pytest.raises(RecipeError, match=r"^x: front_end\.delta_window: 0, need at least 1$"):
        Recipe.from_dict({"front_end": front_end}, where="x")
    with pytest.raises(
        RecipeError,
        match=r"^x: front_end\.kind: opensmile-lld, need power-spectrogram for network\.view\."
        "kind log-mel$",
    ):
        Recipe.from_dict({"front_end": {"kind": "opensmile-lld"}}, where="x")
    assert OpensmileLld().kind != PowerSpectrogram().kind
