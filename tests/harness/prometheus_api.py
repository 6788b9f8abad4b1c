"""Prometheus' HTTP interface."""

import math
import urllib.parse

from .web import get


class Prometheus:
    def __init__(self, url):
        self.url = url.rstrip("/")

    def ask(self, path, **parameters):
        """The data of an answer; an error is raised with its reason."""
        status, answer = get(f"{self.url}/api/v1/{path}?{urllib.parse.urlencode(parameters, doseq=True)}")
        assert status == 200, f"{path} {parameters}: {answer}"
        return answer["data"]

    def values(self, expression):
        """The value of each series now, by its labels."""
        found = self.ask("query", query=expression)
        if found["resultType"] == "scalar":
            return {(): float(found["result"][1])}
        return {tuple(sorted(one["metric"].items())): float(one["value"][1]) for one in found["result"]}

    def now(self):
        return self.values("time()")[()]

    def has_data(self, expression, start, end, step):
        """Whether there is a number at any of these moments."""
        found = self.ask("query_range", query=expression, start=start, end=end, step=step)["result"]
        return any(not math.isnan(float(value)) for one in found for _, value in one["values"])

    def names(self):
        """Of all metrics."""
        return set(self.ask("label/__name__/values"))

    def labels(self, metric):
        """Values of each label of a metric."""
        found = {}
        for one in self.ask("series", **{"match[]": metric}):
            for label, value in one.items():
                found.setdefault(label, set()).add(value)
        found.pop("__name__", None)
        return found

    def metadata(self):
        """Types and help texts by metric."""
        return self.ask("metadata")

    def metadata_of(self, job):
        """Type and help of what one job exports, by metric."""
        found = self.ask("targets/metadata", match_target=f'{{job="{job}"}}')
        return {one["metric"]: one for one in found}

    def rules(self):
        """Every rule, alerts and recordings."""
        return [rule for group in self.ask("rules")["groups"] for rule in group["rules"]]
