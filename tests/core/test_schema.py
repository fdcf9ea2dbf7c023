"""Published schemas: nothing in them that breaks a host, everything in them that the catalog says."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, cast

import pytest
from jsonschema import Draft202012Validator

from darkroom.catalog.models import MODELS
from darkroom.core.schema import strict, tool_schema

TOOLS = (
    "generate_image",
    "edit_image",
    "list_sizes",
    "estimate_cost",
    "wait_for_jobs",
    "list_images",
    "view_image",
    "cancel_job",
)
ALLOWED = {
    "type",
    "description",
    "properties",
    "required",
    "items",
    "enum",
    "minimum",
    "maximum",
    "minLength",
    "maxLength",
    "minItems",
    "maxItems",
    "minProperties",
    "maxProperties",
}
"""All keywords that may be published: none of oneOf, anyOf, allOf, $ref, const, not, additionalProperties."""


def parts(schema: Mapping[str, Any], path: str = "") -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Every schema inside `schema`, itself included, with the path to it."""
    yield path, schema
    for name, part in cast("Mapping[str, Mapping[str, Any]]", schema.get("properties", {})).items():
        yield from parts(part, f"{path}.{name}")
    if "items" in schema:
        yield from parts(schema["items"], f"{path}[]")


PARTS = [(tool, path, part) for tool in TOOLS for path, part in parts(tool_schema(tool))]


@pytest.mark.requirement("tools:schemas")
@pytest.mark.parametrize(("tool", "path", "part"), PARTS, ids=[f"{tool}{path}" for tool, path, _ in PARTS])
def test_a_published_schema_holds_only_what_every_host_reads(tool: str, path: str, part: Mapping[str, Any]) -> None:
    assert set(part) <= ALLOWED
    assert part["type"] in ("object", "array", "string", "integer", "number", "boolean")
    assert (part["type"] == "array") == ("items" in part)
    assert (part["type"] == "object") == bool(part.get("properties"))
    assert all(isinstance(choice, str) for choice in part.get("enum", []))


@pytest.mark.parametrize("tool", TOOLS)
def test_a_published_schema_is_valid_and_its_strict_form_only_adds_to_it(tool: str) -> None:
    for full in (False, True):
        schema = tool_schema(tool, full=full)
        Draft202012Validator.check_schema(schema)
        for path, part in parts(strict(schema)):
            assert (part.get("additionalProperties") is False) == (part["type"] == "object"), path
            assert {key: value for key, value in part.items() if key != "additionalProperties"}


@pytest.mark.parametrize("tool", TOOLS)
def test_required_arguments_exist_and_come_first(tool: str) -> None:
    schema = tool_schema(tool)
    required = schema.get("required", [])
    assert list(schema["properties"])[: len(required)] == required


@pytest.mark.requirement("tools:model-argument")
@pytest.mark.parametrize("tool", ["generate_image", "edit_image"])
def test_the_model_argument_is_one_object_with_one_key_for_each_model(tool: str) -> None:
    model = tool_schema(tool)["properties"]["model"]
    assert (model["minProperties"], model["maxProperties"]) == (1, 1)
    assert list(model["properties"]) == list(MODELS)
    for name, spec in MODELS.items():
        published = model["properties"][name]["properties"]
        assert list(published) == [setting.name for setting in spec.settings]
        for setting in spec.settings:
            assert tuple(published[setting.name].get("enum", ())) == setting.choices


def test_a_size_without_a_list_states_its_five_rules_in_words() -> None:
    for tool in ("generate_image", "edit_image"):
        size = tool_schema(tool)["properties"]["model"]["properties"]["gpt-image-2"]["properties"]["size"]
        assert re.search(r"multiples of 16, edge <= 3840, ratio <= 3:1, 655360-8294400 pixels", size["description"])


def test_estimate_cost_takes_one_to_three_models_and_names_their_settings_no_second_time() -> None:
    published = tool_schema("estimate_cost")["properties"]["model"]
    checked = tool_schema("estimate_cost", full=True)["properties"]["model"]
    assert (published["minProperties"], published["maxProperties"]) == (1, 3)
    assert list(published["properties"]) == list(checked["properties"]) == list(MODELS)
    generate = tool_schema("generate_image")["properties"]["model"]
    assert checked["properties"] == generate["properties"]


def test_a_schema_is_the_callers_own() -> None:
    tool_schema("generate_image")["properties"].clear()
    assert tool_schema("generate_image")["properties"]
