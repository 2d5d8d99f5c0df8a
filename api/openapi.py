"""What FastAPI cannot know of the contract: tokens, and problems as the shape of every error."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from api.access import ACCESS
from api.auth import COOKIE, PREFIX
from api.problems import MEDIA_TYPE, Problem

_ERRORS = {
    "401": "no token, or none that is good",
    "403": "your role may not do this",
    "404": "nothing there that is yours to see",
    "422": "a parameter or the body is wrong",
    "503": "the database is away",
}
_SCHEMES = {
    "token": {"type": "http", "scheme": "bearer"},
    "session": {"type": "apiKey", "in": "cookie", "name": COOKIE, "description": "reading only"},
}


def describe(app: FastAPI) -> None:
    """Let the app answer with the completed contract."""

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _complete(get_openapi(title=app.title, version=app.version, routes=app.routes))
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]


def _complete(schema: dict[str, Any]) -> dict[str, Any]:
    components = schema["components"]
    components["securitySchemes"] = _SCHEMES
    problem = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
    components["schemas"] |= problem.pop("$defs") | {"Problem": problem}
    for path, methods in schema["paths"].items():
        for method, operation in methods.items():
            roles = ACCESS.get((method.upper(), path.removeprefix(PREFIX)))
            if roles:
                _guard(operation, method, sorted(role.value for role in roles))
    for unused in ("HTTPValidationError", "ValidationError"):
        components["schemas"].pop(unused, None)
    return schema


def _guard(operation: dict[str, Any], method: str, roles: list[str]) -> None:
    operation["security"] = [{"token": []}] + ([{"session": []}] if method == "get" else [])
    operation["x-roles"] = roles
    for status, text in _ERRORS.items():
        content = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
        operation["responses"][status] = {"description": text, "content": content}
