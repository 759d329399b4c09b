"""The events of the measurements fit the routes of the service. No program is built or started."""

import json
import re
import sys
import unittest
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "infra" / "bench"), str(ROOT / "shared" / "cli" / "bench")]

from service import events, functions_cold, routes, backend

OPENAPI = json.loads((ROOT / "docs" / "openapi.json").read_text())
CALLER = {
    name: name for name in ("account", "key", "key_id", "token", "open_job", "finished_job", "failed_job", "video_job")
}
# Our own settings in the `Variables` of the template.
SETTING = re.compile(r"\b(SANSFOND_[A-Z_]+): ")
# Settings that a function does not need: numbers with defaults, the secrets of the edge, the imprint and the log.
OPTIONAL = re.compile(r"SANSFOND_(FREE_|ANONYMOUS_|EDGE_SECRET|LOG$|IMPRINT|.*_DAYS$)")


def api_functions() -> list[str]:
    return sorted(name for name, program in events.PROGRAMS.items() if program == functions_cold.PROGRAM)


def wanted_body(function: str) -> dict[str, Any] | None:
    """The schema of a route's body."""
    method, path = events.ROUTES[function]
    content = OPENAPI["paths"][path][method.lower()].get("requestBody", {}).get("content", {})
    schema = content.get("application/json", {}).get("schema")
    if schema and "$ref" in schema:
        schema = OPENAPI["components"]["schemas"][schema["$ref"].rsplit("/", 1)[-1]]
    return schema


def variables(function: str) -> set[str]:
    """The settings that the template gives a function, including those of all functions."""
    start = events.TEMPLATE.index(f"      Handler: {function}\n")
    end = re.compile(r"\n  \w+:\n").search(events.TEMPLATE, start)
    of_all = events.TEMPLATE[events.TEMPLATE.index("\nGlobals:\n") : events.TEMPLATE.index("\nResources:\n")]
    return set(SETTING.findall(of_all + events.TEMPLATE[start : end.start() if end else None]))


class Events(unittest.TestCase):
    def test_every_function_gets_an_event(self) -> None:
        self.assertGreater(len(api_functions()), 30)
        for function in api_functions():
            made = events.event(function, CALLER, "https://site.example")
            if function in events.ROUTES:
                self.assertNotIn("{", made["rawPath"], function)

    def test_the_body_of_a_route_matches_its_schema(self) -> None:
        for function in sorted(set(api_functions()) & set(events.ROUTES)):
            schema, body = wanted_body(function), events.body(function, "ada@example.org")
            with self.subTest(function):
                self.assertEqual(body is not None, schema is not None, "a body, or none")
                if schema:
                    self.assertLessEqual(set(schema.get("required", [])), set(body), "required properties")
                    self.assertLessEqual(set(body), set(schema["properties"]), "no unknown properties")

    def test_the_settings_of_the_template_are_set(self) -> None:
        self.assertLessEqual({"SANSFOND_IMAGE_QUEUE_URL", "SANSFOND_TABLE"}, variables("retry_job"))
        for function in api_functions():
            wanted = {name for name in variables(function) if not OPTIONAL.match(name)}
            self.assertLessEqual(wanted, set(backend.SETTINGS), function)

    def test_the_routes_under_load_exist(self) -> None:
        known = {f"{method.upper()} {path}" for path, each in OPENAPI["paths"].items() for method in each}
        for name, _ in routes.LOCAL:
            self.assertIn(name.split(",")[0], known)
        self.assertLessEqual(set(functions_cold.CHARGED.values()), known)


if __name__ == "__main__":
    unittest.main()
