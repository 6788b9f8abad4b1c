"""What a PromQL expression asks for: the selectors in it, and the metrics they name."""

import re
from dataclasses import dataclass

# Followed by a list of labels.
LISTS = {"by", "without", "on", "ignoring", "group_left", "group_right"}
WORDS = LISTS | {"and", "or", "unless", "atan2", "offset", "bool", "inf", "nan", "start", "end"}
AGGREGATIONS = {"sum", "min", "max", "avg", "group", "stddev", "stdvar", "count", "count_values"}
AGGREGATIONS |= {"bottomk", "topk", "quantile", "limitk", "limit_ratio"}
STRING = r'"(?:[^"\\]|\\.)*"|\'(?:[^\'\\]|\\.)*\'|`[^`]*`'
TOKEN = re.compile(
    rf"(?P<string>{STRING})|(?P<comment>#[^\n]*)|(?P<number>[0-9][\w.]*)|(?P<range>\[[^\]]*\])"
    rf"|(?P<matchers>\{{(?:{STRING}|[^}}\"'`])*\}})|(?P<name>[A-Za-z_:][\w:]*)|(?P<space>\s+)|(?P<other>.)"
)
MATCHER = re.compile(rf"\s*([A-Za-z_]\w*)\s*(=~|!~|!=|=)\s*({STRING})\s*,?")


@dataclass(frozen=True)
class Selector:
    """A metric and its matchers, as `up{job="api"}`; without range or offset."""

    metric: str
    matchers: tuple[tuple[str, str, str], ...] = ()

    def __str__(self):
        inner = ", ".join(f"{label}{sign}{value}" for label, sign, value in self.matchers)
        return f"{self.metric}{{{inner}}}" if inner else self.metric


def selectors(expression):
    """The selectors of an expression, in its order."""
    tokens = [one for one in TOKEN.finditer(expression) if one.lastgroup not in ("comment", "space")]
    texts = [one.group() for one in tokens] + [""]
    found = []
    skip_to = -1
    for place, token in enumerate(tokens):
        if place <= skip_to:
            continue
        after = texts[place + 1]
        if token.lastgroup == "matchers":
            found.append(Selector("", matchers(token.group())))
        elif token.lastgroup == "name":
            word = token.group()
            if word.lower() in LISTS and after == "(":
                skip_to = texts.index(")", place)
            elif after == "(" or word.lower() in WORDS | AGGREGATIONS:
                continue
            elif after.startswith("{"):
                found.append(Selector(word, matchers(after)))
                skip_to = place + 1
            else:
                found.append(Selector(word))
    return found


def matchers(text):
    return tuple(MATCHER.findall(text[1:-1]))


def metrics(expression):
    """The names of the metrics of an expression."""
    return {one.metric for one in selectors(expression) if one.metric}


def family(name, kinds):
    """The metric that a series belongs to: of a histogram its name without `_bucket`. `kinds` has types by metric."""
    for suffix in ("_bucket", "_sum", "_count"):
        base = name.removesuffix(suffix)
        if base != name and kinds.get(base) in ("histogram", "summary"):
            return base
    return name
