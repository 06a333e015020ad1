"""Where keys and values of a TOML file stand."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatwatch_tui.config.toml_file import MAX_BYTES, NotToml, Place, TomlFile, read
from chatwatch_tui.config.toml_places import places
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
    [(b"a = ", (1, 5)), (b"a = 1\nb == 2\n", (2, 4)), (b"ok = 1\n\xff = 2", (2, 1)), (b"a = 1\na = 2\n", (2, 1))],
)
def test_what_is_no_toml_is_refused_with_its_place(content: bytes, place: tuple[int, int], tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_bytes(content)
    with pytest.raises(NotToml) as refusal:
        read(path)
    assert str(refusal.value).startswith(f"{path}:{place[0]}:{place[1]}: ")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[a]\nx = 1\n[b]\n[a]\n", "4:1: [a] stands at line 1 already: put its keys there"),
        ("[a.b]\r\n[a]\r\n[ a . b ]", "3:1: [a.b] stands at line 1 already: put its keys there"),
        ("a.b = 1\n[a]\n", "2:1: a stands at line 1 already: put its keys there"),
        ("a = {}\n[a.b]\n", "2:1: a stands at line 1 already: put its keys there"),
        ("[[a]]\n[a]\n", "2:1: [[a]] stands at line 1 already: it is either one table or a list of them"),
        ("[a]\n[[a]]\n", "2:1: [a] stands at line 1 already: it is either one table or a list of them"),
        ("a = []\n[[a]]\n", "2:1: a stands at line 1 already: it is either one table or a list of them"),
        ("a = 1\n[a]\n", "2:1: a stands at line 1 already: put its keys there"),
        ("[a]\nb = 1\nc = 1\nb = 2", "4:1: a.b stands at line 2 already: leave one of them out"),
        ("[[a]]\nb = 1\n[[a]]\nb = 1\nb = 2", "5:1: a.b stands at line 4 already: leave one of them out"),
        ("a = {b = 1}\na = {b = 1}", "2:1: a stands at line 1 already: leave one of them out"),
        ("a = {b = 1, b = 2}", "1:13: a.b stands at line 1 already: leave one of them out"),
        ("a = {}\na.b = 1", "2:1: a stands at line 1 already: leave one of them out"),
        ("[a.b]\n[a]\nb.c = 1", "3:1: [a.b] stands at line 1 already: put its keys there"),
        (r'["x\u001by"]' + "\n" + r'["x\u001by"]', '2:1: ["x\u241by"] stands at line 1 already: put its keys there'),
    ],
)
def test_what_stands_there_twice_is_said_with_the_line_of_the_other(text: str, said: str, tmp_path: Path) -> None:
    with pytest.raises(NotToml) as refusal:
        TomlFile(tmp_path, text)
    assert str(refusal.value) == f"{tmp_path}:{said}"


@given(st.dictionaries(keys, values, min_size=1, max_size=4), st.data())
@UNHURRIED
def test_a_key_that_stands_there_twice_is_named_at_the_second(top: dict[str, Any], data: st.DataObject) -> None:
    again = data.draw(st.sampled_from(sorted(top)))
    lines = [f"{json.dumps(key, ensure_ascii=False)} = {toml(each)}" for key, each in (*top.items(), (again, 0))]
    with pytest.raises(NotToml) as refusal:
        TomlFile(Path("x"), "\n".join(lines))
    text = "\n".join(lines)
    first = 1 + "\n".join([*lines[: list(top).index(again)], ""]).count("\n")
    assert refusal.value.problem.place == Place(text.count("\n") + 1, 1)
    assert f" stands at line {first} already: leave one of them out" in refusal.value.problem.words


def test_a_huge_file_is_no_settings_file(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_bytes(b"#" * (MAX_BYTES + 1))
    with pytest.raises(NotToml, match="no settings file"):
        read(path)
