"""Where keys and values of a TOML file stand."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatwatch_tui.config.toml_file import MAX_BYTES, NotToml, Place, TomlFile, places, read
from tests.cli import UNHURRIED

TEXT = '''\
# a comment = 1
a = 1
b.c = "x # no comment" # one = 2
"q \\" u" = [1, [2,
  3], {x = 1, y.z = "]"}]
[t.u]
k = """ab
"cd\\""""""
l = \'\'\'it's\'\'\'
[[rule]]
name = 'x'
[rule.sub]
y=2020-01-01T00:00:00Z
[[rule]]
match = 5
'''


def walk(value: Any, steps: tuple[str | int, ...] = ()) -> dict[tuple[str | int, ...], Any]:
    """Everything in a document, by the way to it."""
    found = {steps: value} if steps else {}
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, each in items:
        found |= walk(each, (*steps, step))
    return found


def test_keys_and_values_stand_where_an_editor_says() -> None:
    file = TomlFile(Path("x"), TEXT)
    lines = TEXT.splitlines()
    assert (file.key_at(("a",)), file.value_at(("a",))) == (Place(2, 1), Place(2, 5))
    assert file.value_at(('q " u', 1, 1)) == Place(5, 3)
    assert file.value_at(('q " u', 2, "y", "z")) == Place(5, 1 + lines[4].index('"]"'))
    assert file.key_at(("rule", 1)) == Place(14, 1)
    assert file.value_at(("rule", 1, "match")) == Place(15, 9)
    assert file.key_at(("rule", 0, "sub", "y")) == Place(13, 1)
    assert file.key_at(("t", "u", "nothing")) == file.key_at(("t", "u")) == Place(6, 1)


def test_every_way_of_the_document_has_a_place() -> None:
    # The list of tables itself has none, each of its tables has.
    assert set(walk(tomllib.loads(TEXT))) == set(dict(places(TEXT)))


keys = st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]), max_size=5)
plain = st.one_of(st.integers(-(2**60), 2**60), st.booleans(), keys)
values = st.recursive(plain, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=3))


def toml(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{toml(key)} = {toml(each)}" for key, each in value.items()) + "}"
    if isinstance(value, list):
        return "[ # ]\n" + ",\n".join(toml(each) for each in value) + " ]"
    return json.dumps(value, ensure_ascii=False)


@given(st.dictionaries(keys, values, max_size=4), st.dictionaries(keys, values, max_size=4))
@UNHURRIED
def test_what_stands_at_a_place_is_the_value(top: dict[str, Any], table: dict[str, Any]) -> None:
    lines = [f"{json.dumps(key, ensure_ascii=False)} = {toml(each)}" for key, each in top.items() if key != "t"]
    lines += ["[t]", *(f"  {json.dumps(key, ensure_ascii=False)}={toml(each)}" for key, each in table.items())]
    text = "\n".join(lines)
    file = TomlFile(Path("x"), text)
    rows = text.split("\n")
    for steps, value in walk(file.values).items():
        if isinstance(value, (dict, list)):
            continue
        place = file.value_at(steps)
        rest = rows[place.line - 1][place.column - 1 :]
        assert rest.startswith(json.dumps(value, ensure_ascii=False)), steps


@pytest.mark.parametrize(
    ("content", "place"),
    [(b"a = ", (1, 5)), (b"a = 1\nb == 2\n", (2, 4)), (b"ok = 1\n\xff = 2", (2, 1)), (b"a = 1\na = 2\n", (2, 6))],
)
def test_what_is_no_toml_is_refused_with_its_place(content: bytes, place: tuple[int, int], tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_bytes(content)
    with pytest.raises(NotToml) as refusal:
        read(path)
    assert str(refusal.value).startswith(f"{path}:{place[0]}:{place[1]}: ")


def test_a_huge_file_is_no_settings_file(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_bytes(b"#" * (MAX_BYTES + 1))
    with pytest.raises(NotToml, match="no settings file"):
        read(path)
