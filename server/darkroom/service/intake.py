"""Inputs of an edit as a front takes them: found, allowed, copied; what needs decoding or a download is the worker's.

A copy is named by its content, so the same picture is kept once, and nothing that the user does to the file
afterwards changes a job that is under way.
"""

import hashlib
import shutil
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from darkroom.adapters.downloads import url_shown
from darkroom.adapters.files import sha256
from darkroom.adapters.inputs import check_readable, decode_data_url
from darkroom.adapters.pictures import SNIFF_BYTES, NotAPictureError, look, sniff
from darkroom.adapters.private import private_folder
from darkroom.catalog.limits import INPUT_DOWNLOAD_MAX_BYTES
from darkroom.core.naming import extension
from darkroom.core.order import Source
from darkroom.core.records import Image
from darkroom.core.regions import read_regions, region_problems
from darkroom.core.size import Size
from darkroom.errors import NOTHING_SENT, ArgumentError, RequestError
from darkroom.service.orders import EditInputs

IMAGE_ID_PREFIX: Final = "img_"

SHOWN_CHARS: Final = 120
"""Characters of an input's name that a message shows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Intake:
    """Where inputs may come from, and where copies go."""

    home: Path
    input_dirs: Sequence[Path]
    library: Mapping[str, Image]
    """The pictures that the request names by id."""
    local: bool = True
    """Whether paths of this machine may be named; not by callers from elsewhere."""


def named_ids(arguments: Mapping[str, Any]) -> list[str]:
    """Return the image ids that a request names."""
    names = [*arguments.get("images", ()), arguments.get("mask", "")]
    return [name for name in names if name.startswith(IMAGE_ID_PREFIX)]


def take_in(intake: Intake, arguments: Mapping[str, Any]) -> EditInputs:
    """Check and copy the inputs of `edit_image`.

    Raises:
        RequestError: If an input is not there, not allowed or no picture, or the arguments contradict each
            other; each problem is a sentence that names it. Nothing was sent.
    """
    _refuse_contradictions(arguments)
    regions = tuple(arguments.get("regions", ()))
    read = read_regions(list(regions)) if regions else ()
    images = tuple(
        _source(intake, name, f"images[{number}]", copy=True) for number, name in enumerate(arguments["images"])
    )
    mask = _source(intake, arguments["mask"], "mask", copy=True) if "mask" in arguments else None
    sizes = known_sizes(images)
    if sizes and read and (problems := region_problems(read, sizes[0].width, sizes[0].height)):
        raise ArgumentError([*problems, NOTHING_SENT])
    return EditInputs(
        images=images,
        sizes=tuple(sizes),
        mask=mask,
        regions=regions,
        keep_outside=arguments.get("keep_outside", False),
    )


def look_at(intake: Intake, names: Sequence[str]) -> tuple[list[Size], int]:
    """Return the pixel sizes of inputs without copying them, and how many are not known before a download.

    Raises:
        RequestError: If an input is not there, not allowed or no picture.
    """
    sources = [_source(intake, name, f"images[{number}]", copy=False) for number, name in enumerate(names)]
    sizes = [size for source in sources if (size := _size(source)) is not None]
    return sizes, len(sources) - len(sizes)


def known_sizes(sources: Sequence[Source]) -> list[Size]:
    """Return the pixel sizes of inputs, upright, from the first one to the last whose file is here."""
    sizes: list[Size] = []
    for source in sources:
        size = _size(source)
        if size is None:
            break
        sizes.append(size)
    return sizes


def keep(content: Path, folder: Path) -> tuple[Path, str]:
    """Move or copy a file into the folder of inputs under the name of its content; return path and SHA-256."""
    digest = sha256(content)
    with content.open("rb") as file:
        form = sniff(file.read(SNIFF_BYTES)) or "bin"
    kept = folder / f"{digest}.{extension(form)}"
    if not kept.exists():
        private_folder(folder)
        beside = folder / f".{uuid.uuid4().hex}.part"
        shutil.copyfile(content, beside)
        beside.chmod(0o600)
        beside.replace(kept)
    return kept, digest


def _refuse_contradictions(arguments: Mapping[str, Any]) -> None:
    has_mask, has_regions = "mask" in arguments, "regions" in arguments
    if has_mask and has_regions:
        raise ArgumentError([f"mask and regions were both given. Give one of them. {NOTHING_SENT}"])
    if arguments.get("keep_outside") and not (has_mask or has_regions):
        raise ArgumentError(
            [f"keep_outside needs a mask or regions, which say what may change. Give one of them. {NOTHING_SENT}"]
        )


def _source(intake: Intake, name: str, argument: str, *, copy: bool) -> Source:
    shown = name if len(name) <= SHOWN_CHARS else f"{name[: SHOWN_CHARS - 1]}…"
    try:
        if name.startswith(IMAGE_ID_PREFIX):
            image = intake.library[name]
            return Source(kind="image", path=image.path, image_id=name, named=name, sha256=image.sha256)
        if name[:5].lower() == "data:":
            return _from_data_url(intake, name, copy=copy)
        if "://" in name[:10] and not name.lower().startswith("file:"):
            return _from_url(name)
        return _from_path(intake, name, shown, copy=copy)
    except RequestError as exc:
        raise type(exc)(f"{argument}: {exc}") if not isinstance(exc, ArgumentError) else exc from exc


def _from_data_url(intake: Intake, name: str, *, copy: bool) -> Source:
    content = decode_data_url(name, INPUT_DOWNLOAD_MAX_BYTES)
    digest = hashlib.sha256(content).hexdigest()
    folder = intake.home / "inputs"
    path = folder / f"{digest}.{extension(sniff(content[:SNIFF_BYTES]) or 'bin')}"
    if copy and not path.exists():
        private_folder(folder)
        beside = folder / f".{uuid.uuid4().hex}.part"
        beside.write_bytes(content)
        beside.chmod(0o600)
        beside.replace(path)
    return Source(kind="file", path=str(path), named=name[:30], sha256=digest)


def _from_url(name: str) -> Source:
    if not name.lower().startswith("https://"):
        raise ArgumentError(
            [f"{url_shown(name)} is not an https address. Give an https URL, a path or an image_id. {NOTHING_SENT}"]
        )
    return Source(kind="url", url=name, named=url_shown(name), sha256=hashlib.sha256(name.encode()).hexdigest())


def _from_path(intake: Intake, name: str, shown: str, *, copy: bool) -> Source:
    if not intake.local:
        raise ArgumentError(
            [
                f"{shown!r} is a path, and this server runs on another machine.",
                "Upload the picture (POST /uploads gives an image_id), or give an https or data URL.",
                NOTHING_SENT,
            ]
        )
    real = check_readable(name, intake.input_dirs)
    if not copy:
        return Source(kind="file", path=str(real), named=shown)
    kept, digest = keep(real, intake.home / "inputs")
    return Source(kind="file", path=str(kept), named=shown, sha256=digest)


def _size(source: Source) -> Size | None:
    """Read the size from the header, if the file is here and can be read; the worker refuses what cannot."""
    if not source.path:
        return None
    try:
        return Size(*look(Path(source.path)).upright_size)
    except (NotAPictureError, OSError):
        return None
