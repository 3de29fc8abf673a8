"""Pictures packed into one zip, each named by a template."""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path

from storage import sources, templates
from storage.errors import BadInput
from storage.files import beside
from storage.tables import Picture

FILE = "pictures.zip"
"""What it is called, where nobody says otherwise."""


def pack(
    found: Sequence[tuple[Picture, Path]],
    target: Path,
    template: str = "",
    told: Callable[[int, int], None] = lambda done, total: None,
) -> Path:
    """Write pictures with their files into a zip, which appears at `target` once it is whole; returns that.

    Args:
        template: as `storage.templates` has it, such as `{date}-{seed}-{prompt}`; '' is the usual one.
        told: called with the pictures done and all of them, before each; what it raises ends the writing.

    Raises:
        BadInput: there is none, the template has an unknown placeholder, or a file cannot be read or written.
    """
    if not found:
        raise BadInput("No picture was chosen. Choose one or more pictures first.")
    names = templates.names(template, [row for row, _ in found])
    try:
        with beside(target) as temporary, zipfile.ZipFile(temporary, "w", zipfile.ZIP_STORED) as archive:
            for done, ((_, path), name) in enumerate(zip(found, names, strict=True)):
                told(done, len(found))
                archive.write(path, name)
    except OSError as error:
        raise BadInput(f"The zip cannot be written ({sources.reason(error)}). Leave out what is damaged.") from error
    return target
