"""The parameters of the DAGs, from airflow/dags/cinelake_steps/params.py."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from unittest.mock import MagicMock

from markdown import code, table

DAGS = Path(__file__).resolve().parents[2] / "airflow/dags"


@dataclass
class Param:
    """Stands in for Airflow's, which need not be installed to read what it is given."""

    default: object = None
    schema: dict = field(default_factory=dict)

    def __init__(self, default: object = None, **schema: object) -> None:
        self.default, self.schema = default, schema


def load() -> ModuleType:
    """The module with the parameters, as a machine without settings of its own has it."""
    for name in [name for name in os.environ if name.startswith("CINELAKE_")]:
        del os.environ[name]
    for name in ("airflow", "airflow.sdk", "airflow.sdk.exceptions", "airflow.sdk.log"):
        sys.modules[name] = MagicMock()
    sys.modules["airflow.sdk"].Param = Param
    sys.path.insert(0, str(DAGS))
    from cinelake_steps import params

    return params


def bounds(schema: dict) -> str:
    if "enum" in schema:
        return ", ".join(code(value) for value in schema["enum"])
    least, most = (schema.get(name) for name in ("minimum", "maximum"))
    if least is None:
        return ""
    return f"{least:,g} to {most:,g}" if most is not None else f"from {least:g}"


def default(param: Param) -> str:
    if param.default is None:
        return "empty" if "null" in param.schema["type"] else "required"
    return code(str(param.default).lower() if isinstance(param.default, bool) else str(param.default))


def block(dag: str) -> str:
    """The parameters of one DAG, by the function that makes them."""
    found = getattr(load(), dag)()
    rows = [[code(name), default(one), bounds(one.schema), one.schema["description"]] for name, one in found.items()]
    return "\n" + table(["param", "default", "bounds", "meaning"], rows) + "\n"
