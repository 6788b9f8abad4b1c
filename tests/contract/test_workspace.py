"""That imports are read as the compiler reads them."""

from pathlib import Path

import pytest

from harness.workspace import Package, circles, imports, paths


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("use crate::a::{b, c::{D, E as F}};", ["crate::a::b", "crate::a::c::D", "crate::a::c::E"]),
        ("pub(crate) use super::x;\nlet y = crate::b::C::new();", ["super::x", "crate::b::C"]),
        ("fn f(x: super::super::deep::Thing) {}", ["super::super::deep::Thing"]),
    ],
)
def test_every_path_of_a_source_is_found(text, expected):
    assert [" ".join(expected)] == [" ".join("::".join(path)[: len(want)] for path, want in zip(paths(text), expected))]


def test_circles_are_found_by_way_of_others():
    assert circles({("a", "b"): 1, ("b", "c"): 1, ("c", "a"): 1, ("c", "d"): 1}) == [["a", "b", "c"]]
    assert circles({("a", "b"): 1, ("b", "c"): 1}) == []


def test_a_crate_is_read_with_its_re_exports_and_without_its_unit_tests(tmp_path, monkeypatch):
    monkeypatch.setattr("harness.workspace.ROOT", tmp_path)
    files = {
        "src/lib.rs": "mod a;\nmod b;\npub use b::Thing;\n",
        "src/a/mod.rs": "//! Like crate::c::Nothing.\nmod inner;\n",
        "src/a/inner.rs": "use super::super::Thing;\n#[cfg(test)]\nmod tests {\n    use crate::c::X;\n}\n",
        "src/b/mod.rs": "use crate::{a, c};\n",
        "src/b/tests.rs": "use crate::d;\n",
        "src/c.rs": "",
        "src/d.rs": "",
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    found = imports(Package("x", Path(tmp_path), {}))
    assert set(found) == {("a", "b"), ("b", "a"), ("b", "c")}
    assert circles(found) == [["a", "b"]]
