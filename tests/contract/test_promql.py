"""That the expressions are read as Prometheus reads them."""

import pytest

from harness.promql import family, metrics, selectors


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("up", ["up"]),
        ('sum by (path) (rate(a_total{path!~"/x|}", status="5"}[5m]))', ['a_total{path!~"/x|}", status="5"}']),
        ("a / on (task, job) group_left (x) b offset 1d > 3e4", ["a", "b"]),
        ("histogram_quantile(0.5, sum(rate(c_bucket[1m])) by (le)) or vector(0)", ["c_bucket"]),
        ("api:errors:ratio_rate5m > 14.4 * 0.001 # and more", ["api:errors:ratio_rate5m"]),
        ('max without(le) (d) unless label_replace(e == bool 1, "a", "b", "", "")', ["d", "e"]),
        ("quantile_over_time(0.5, f[14d:1m]) @ end()", ["f"]),
        ('{__name__=~"g.*"}', ['{__name__=~"g.*"}']),
    ],
)
def test_the_selectors_are_what_is_asked_for(expression, expected):
    assert [str(one) for one in selectors(expression)] == expected


def test_a_name_in_a_string_or_a_label_list_is_no_metric():
    assert metrics('sum by (nothing) (a{b="c"}) + count_values("version", d)') == {"a", "d"}


def test_the_series_of_a_histogram_belong_to_it_and_a_count_of_its_own_does_not():
    kinds = {"a_seconds": "histogram", "b_count": "gauge"}
    assert [family(name, kinds) for name in ["a_seconds_bucket", "a_seconds_sum", "b_count"]] == [
        *["a_seconds", "a_seconds"],
        "b_count",
    ]
