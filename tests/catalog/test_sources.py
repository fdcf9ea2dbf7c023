"""Every fact says where it comes from and when it was looked at, and the parts of a row agree with each other."""

import re
from datetime import date

import pytest

from darkroom import catalog
from darkroom.catalog import faults, hosts, limits, prices, retries
from darkroom.catalog.hosts import HOSTS, UNKNOWN_HOST
from darkroom.catalog.models import MODELS
from darkroom.catalog.spec import ModelSpec, Setting

SETTINGS = [(model, setting) for model, spec in MODELS.items() for setting in spec.settings]
DATED = re.compile(r"20\d\d-\d\d")


@pytest.mark.requirement("models:dated")
@pytest.mark.parametrize("spec", MODELS.values(), ids=MODELS)
def test_each_model_has_a_dated_source(spec: ModelSpec) -> None:
    assert DATED.search(spec.source)
    assert date.fromisoformat(spec.checked) == date.fromisoformat(catalog.CHECKED)


@pytest.mark.parametrize(("model", "setting"), SETTINGS, ids=[f"{model}-{setting.name}" for model, setting in SETTINGS])
def test_each_setting_has_a_source_with_a_date_of_its_own_or_of_its_model(model: str, setting: Setting) -> None:
    assert setting.source
    assert DATED.search(f"{setting.source} {MODELS[model].source}")


@pytest.mark.parametrize("module", [faults, hosts, limits, prices, retries], ids=lambda module: module.__name__)
def test_each_table_says_when_it_was_looked_at(module: object) -> None:
    assert DATED.search(str(module.__doc__))


@pytest.mark.parametrize(("model", "setting"), SETTINGS, ids=[f"{model}-{setting.name}" for model, setting in SETTINGS])
def test_the_first_choice_is_the_default_unless_the_words_name_another(model: str, setting: Setting) -> None:
    """The published schema of `model` says so in one sentence for all."""
    spec = MODELS[model]
    if setting.kind == "choice" and setting.default is not None:
        assert setting.choices[0] == setting.default
    elif setting.name == "size":
        assert f"{spec.default_size or setting.default}" in setting.meaning
        assert "default" in setting.meaning
    else:
        assert setting.name in ("aspect_ratio", "output_compression")


@pytest.mark.parametrize("spec", MODELS.values(), ids=MODELS)
def test_a_pairing_names_settings_and_values_that_exist(spec: ModelSpec) -> None:
    for pairing in spec.pairings:
        setting, other = spec.setting(pairing.setting), spec.setting(pairing.other)
        assert setting is not None
        assert other is not None
        assert pairing.value is None or pairing.value in setting.choices
        assert set(pairing.allowed) <= set(other.choices)
        assert pairing.reason


@pytest.mark.parametrize("spec", MODELS.values(), ids=MODELS)
def test_the_last_latency_fits_every_call(spec: ModelSpec) -> None:
    last = spec.latencies[-1]
    assert (last.quality, last.above_pixels) == (None, None)
    assert all(0 < low < high < spec.long_timeout_seconds for low, high in (row.seconds for row in spec.latencies))


@pytest.mark.requirement("wait:hosts")
def test_no_host_is_kept_waiting_past_its_patience() -> None:
    assert (UNKNOWN_HOST.default_wait_seconds, UNKNOWN_HOST.max_wait_seconds) == (45, 55)
    for host in HOSTS:
        assert host.default_wait_seconds < host.max_wait_seconds <= 280
        assert host.limit
    assert len({host.client for host in HOSTS}) == len(HOSTS)
