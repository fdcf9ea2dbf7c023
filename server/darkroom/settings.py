"""Settings from the environment: the only place that reads `os.environ`."""

import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Literal, TypeVar
from urllib.parse import urlsplit

import platformdirs
from pydantic import SecretStr

from darkroom.catalog.limits import DEFAULT_BASE_URL
from darkroom.catalog.models import DEFAULT_MODEL, MODELS
from darkroom.errors import SettingsError

N = TypeVar("N", int, float)

_MAX_MULTIPLIER = 100
"""Price groups are factors around 1; a larger one is a slip of the keyboard."""

SANDBOX_KEY = "sk-sandbox"
"""Key that the sandbox takes; it opens nothing else."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What the environment says, checked; README's table of settings describes each."""

    api_key: SecretStr
    """Key for the gateway; empty if there is none."""
    base_url: str
    sandbox: bool
    """Whether the pictures come from the sandbox; nothing is billed then."""
    sandbox_url: str
    """Base URL of a sandbox that already runs; empty: the worker serves one."""
    home: Path
    output_dir: Path
    input_dirs: tuple[Path, ...]
    output_dirs: tuple[Path, ...]
    database_url: str
    """SQLAlchemy URL; empty: a SQLite file in `home`."""
    model: str
    fallback: tuple[str, ...]
    concurrency: int
    budget_usd: Decimal | None
    max_call_usd: Decimal | None
    confirm_usd: Decimal | None
    price_multiplier: Decimal
    wait_seconds: int | None
    idle_seconds: float
    preview: Literal["small", "none"]
    http_token: SecretStr
    """Bearer token that callers over HTTP must show; empty: made at the first start and kept in `home`."""
    http_url: str
    """Public address of the server over HTTP, for links and for the Host and Origin checks; empty: where it listens."""
    http_local: bool
    """Whether callers over HTTP share this machine's files: paths are taken as inputs and shown in results."""
    time_scale: float
    """Shortens back-offs and the sandbox's latencies, never the wait for an answer; 1 outside tests."""
    fault_after: str
    """Step at which a worker kills itself, for tests of crashes; see `adapters.faultpoint`. Empty outside tests."""
    environment: Mapping[str, str] = field(repr=False)
    """The environment these were read from, for a worker that this process starts."""

    @property
    def has_key(self) -> bool:
        """Whether calls can be made: a key for the gateway, or the sandbox."""
        return self.sandbox or bool(self.api_key.get_secret_value())

    def folders(self) -> list[str]:
        """Names of this machine's folders that a caller from elsewhere does not get to read, deeper ones first."""
        mine = [self.home, self.output_dir, *self.input_dirs, *self.output_dirs, Path.home(), Path.cwd()]
        named = {str(form) for folder in mine for form in (folder, folder.resolve()) if len(folder.parts) > 1}
        return sorted(named, key=len, reverse=True)


def read_settings(environment: Mapping[str, str] | None = None) -> Settings:
    """Read and check every setting.

    Raises:
        SettingsError: If a variable makes no sense; the message names it, its value and what is allowed.
    """
    env = dict(os.environ if environment is None else environment)
    sandbox = env.get("DARKROOM_SANDBOX", "").strip()
    sandbox_on = sandbox.lower() not in ("", "0", "false", "no", "off")
    sandbox_url = sandbox.rstrip("/") if "://" in sandbox else ""
    if sandbox_url and not sandbox_url.endswith("/v1"):
        sandbox_url += "/v1"
    home = _folder(env, "DARKROOM_HOME") or platformdirs.user_state_path("darkroom", appauthor=False)
    return Settings(
        api_key=SecretStr(SANDBOX_KEY if sandbox_on else _key(env)),
        base_url=_url(env, "APIYI_BASE_URL", DEFAULT_BASE_URL),
        sandbox=sandbox_on,
        sandbox_url=_checked_url("DARKROOM_SANDBOX", sandbox_url),
        home=home,
        output_dir=_folder(env, "DARKROOM_OUTPUT_DIR") or platformdirs.user_pictures_path() / "Darkroom",
        input_dirs=_folders(env, "DARKROOM_INPUT_DIRS"),
        output_dirs=_folders(env, "DARKROOM_OUTPUT_DIRS"),
        database_url=env.get("DARKROOM_DATABASE_URL", "").strip(),
        model=_model(env, "DARKROOM_MODEL", DEFAULT_MODEL),
        fallback=_models(env, "DARKROOM_FALLBACK"),
        concurrency=_number(env, "DARKROOM_CONCURRENCY", int, 1, 200) or 5,
        budget_usd=_money(env, "DARKROOM_BUDGET_USD"),
        max_call_usd=_money(env, "DARKROOM_MAX_CALL_USD"),
        confirm_usd=_money(env, "DARKROOM_CONFIRM_USD"),
        price_multiplier=_multiplier(env, "DARKROOM_PRICE_MULTIPLIER"),
        wait_seconds=_number(env, "DARKROOM_WAIT_SECONDS", int, 0, 3600),
        idle_seconds=_or(_number(env, "DARKROOM_IDLE_SECONDS", float, 0.1, 86_400), 60.0),
        preview="none" if _choice(env, "DARKROOM_PREVIEW", ("small", "none"), "small") == "none" else "small",
        http_token=SecretStr(env.get("DARKROOM_HTTP_TOKEN", "").strip()),
        http_url=_url(env, "DARKROOM_HTTP_URL", ""),
        http_local=env.get("DARKROOM_HTTP_LOCAL", "").strip().lower() not in ("", "0", "false", "no", "off"),
        time_scale=_or(_number(env, "DARKROOM_TIME_SCALE", float, 0.0, 100.0), 1.0),
        fault_after=env.get("DARKROOM_FAULT_AFTER", "").strip(),
        environment=env,
    )


def _key(env: Mapping[str, str]) -> str:
    name, key = "APIYI_API_KEY", env.get("APIYI_API_KEY", "").strip()
    file = env.get("APIYI_API_KEY_FILE", "").strip()
    if not key and file:
        name, key = "The file that APIYI_API_KEY_FILE names", _read_key(file)
    if not key.isascii() or not key.isprintable() or " " in key:
        raise SettingsError(f"{name} holds spaces, line breaks or letters that no key has. Copy the key once more.")
    return key


def _read_key(file: str) -> str:
    try:
        return _expanded("APIYI_API_KEY_FILE", file).read_text(encoding="utf-8-sig").strip()
    except (OSError, UnicodeDecodeError) as exc:
        raise SettingsError(
            f"APIYI_API_KEY_FILE={file!r} cannot be read ({type(exc).__name__}). Name a file that holds the key."
        ) from exc


def _expanded(name: str, text: str) -> Path:
    try:
        return Path(text).expanduser()
    except RuntimeError as exc:
        raise SettingsError(f"{name}={text!r} names a home folder that does not exist. Give the whole path.") from exc


def _multiplier(env: Mapping[str, str], name: str) -> Decimal:
    factor = _money(env, name)
    if factor is not None and not 0 < factor <= _MAX_MULTIPLIER:
        raise SettingsError(f"{name}={factor} is not a factor above 0 and up to {_MAX_MULTIPLIER}. Change or unset it.")
    return Decimal(1) if factor is None else factor


def _or(value: float | None, default: float) -> float:
    return default if value is None else value


def _number(env: Mapping[str, str], name: str, kind: Callable[[str], N], low: float, high: float) -> N | None:
    text = env.get(name, "").strip()
    if not text:
        return None
    try:
        value = kind(text)
    except ValueError:
        value = None
    if value is None or not low <= value <= high:
        raise SettingsError(f"{name}={text!r} is not a number from {low:g} to {high:g}. Change or unset it.")
    return value


def _money(env: Mapping[str, str], name: str) -> Decimal | None:
    text = env.get(name, "").strip()
    if not text:
        return None
    try:
        amount = Decimal(text)
    except InvalidOperation:
        amount = Decimal(-1)
    if not amount.is_finite() or amount < 0:
        raise SettingsError(f"{name}={text!r} is not an amount such as 2.50. Change or unset it.")
    return amount


def _choice(env: Mapping[str, str], name: str, choices: tuple[str, ...], default: str) -> str:
    text = env.get(name, "").strip() or default
    if text not in choices:
        raise SettingsError(f"{name}={text!r} is not one of {', '.join(choices)}. Change or unset it.")
    return text


def _model(env: Mapping[str, str], name: str, default: str) -> str:
    return _choice(env, name, tuple(MODELS), default)


def _models(env: Mapping[str, str], name: str) -> tuple[str, ...]:
    names = tuple(part.strip() for part in env.get(name, "").split(",") if part.strip())
    if wrong := [part for part in names if part not in MODELS]:
        raise SettingsError(f"{name} names {wrong[0]!r}, which is none of {', '.join(MODELS)}. Change or unset it.")
    return names


def _folder(env: Mapping[str, str], name: str) -> Path | None:
    text = env.get(name, "").strip()
    if not text:
        return None
    folder = _expanded(name, text)
    if not folder.is_absolute():
        raise SettingsError(f"{name}={text!r} is not an absolute folder. Give the whole path.")
    return folder


def _folders(env: Mapping[str, str], name: str) -> tuple[Path, ...]:
    texts = [part for part in env.get(name, "").split(os.pathsep) if part.strip()]
    folders = [_folder({name: text}, name) for text in texts]
    return tuple(folder for folder in folders if folder is not None)


def _url(env: Mapping[str, str], name: str, default: str) -> str:
    return _checked_url(name, (env.get(name, "").strip() or default).rstrip("/"))


def _checked_url(name: str, url: str) -> str:
    try:
        parts = urlsplit(url)
        usable = not url or (parts.scheme in ("http", "https") and bool(parts.hostname))
    except ValueError:
        usable = False
    if not usable:
        raise SettingsError(f"{name}={url!r} is not an http(s) address. Change or unset it.")
    return url


def default_project_folder() -> Path | None:
    """Folder that the host started the server in, if pictures may be written below it.

    None for the root, the home folder or a folder above it, a system folder, and an unpacked bundle.
    """
    try:
        folder, home = Path.cwd().resolve(), Path.home().resolve()
    except (OSError, RuntimeError):
        return None  # the folder is gone, or nobody knows where home is
    bundle = Path(sys.argv[0]).resolve().parent.parent
    system = (
        "/etc",
        "/usr",
        "/bin",
        "/sbin",
        "/var",
        "/lib",
        "/boot",
        "/dev",
        "/proc",
        "/sys",
        "/opt",
        "/System",
    )
    windows = os.environ.get("SYSTEMROOT", "")
    barred = [Path(name) for name in system] + (
        [Path(windows), Path(windows).parent / "Program Files"] if windows else []
    )
    if folder == Path(folder.anchor) or folder == home or folder in home.parents:
        return None
    if any(folder == path or path in folder.parents for path in barred):
        return None
    if (folder / "manifest.json").is_file() and (bundle == folder or (folder / "server" / "main.py").is_file()):
        return None
    return folder
