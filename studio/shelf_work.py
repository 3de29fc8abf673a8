"""What takes a moment with LoRAs: bringing them in, merging them, asking what other tools make of them."""

from __future__ import annotations

import shutil
from typing import Any

from jobs import folder
from storage import lora_imports, loras, queue
from storage.database import Store
from storage.errors import BadInput
from storage.lora_imports import Wishes
from studio import form, told, trays
from studio.asking import ask
from studio.scene import Scene


def declare(scene: Scene) -> None:
    """Offer import, merge and the export doctor."""
    words = scene.words

    def import_lora(
        store: Store, project: int, files: list[str], names: list[str], name: str = "", trigger: str = "",
        family: str = "", lora: int = 0,
    ) -> dict[str, Any]:  # fmt: skip
        """Bring uploaded LoRAs, embeddings and zips into the library; what came in, and each that could not with the reason.

        Embeddings join the one LoRA that comes with them, or the LoRA `lora` of the library.
        """
        given = [(trays.uploaded(store, file, called), called) for file, called in zip(files, names, strict=True)]
        try:
            arrived = lora_imports.bring(store, project, given, Wishes(name, trigger, family, lora=lora))
        finally:
            for path, _ in given:
                shutil.rmtree(path.parent, ignore_errors=True)
        refused = [{"name": called, "said": words.error(said)} for called, said in arrived.refused]
        rows = [{"id": row.id, "name": row.name} for row in arrived.rows]
        return {"loras": rows, "tokens": arrived.tokens, "refused": refused, "unclear": arrived.unclear}

    def merge(store: Store, project: int, name: str, parts: list[dict[str, Any]], rank: int = 0) -> int:
        """Save a blend as one LoRA: `parts` are {lora, weight}; `rank` 0 is exact. Answers the job's number, for `look_merge`."""
        kind = folder.task("merge")
        task = form.read(kind, "merge", {"name": name, "blend": parts, "rank": rank}, words)
        for part in parts:
            loras.get(store, int(part["lora"]))
        return ask(scene, "merge", task, project)

    def look_merge(store: Store, job: int) -> dict[str, Any]:
        """How a merge stands, and once it is done its LoRA, rank and error."""
        row = queue.get(store, job)
        return told.brief(words, row) | {"result": row.result}

    def check_lora(store: Store, project: int, lora: int) -> int:
        """Let the export doctor look at a LoRA; answers the number of the job, for `look_check`."""
        row = loras.get(store, lora)
        if not row.base:
            raise BadInput(f"“{row.name}” is with no base model yet. Add one of its family first.")
        task = folder.task("doctor").model_validate({"lora": row.id, "name": row.name})
        return ask(scene, "doctor", task, project)

    def look_check(store: Store, job: int) -> dict[str, Any]:
        """What the export doctor found, by tool, once its job is done."""
        row = queue.get(store, job)
        lines = [
            line | {"said": words.error(line["said"]), "tool": words.error(line["tool"])}
            for line in row.result.get("report", [])
        ]
        return told.brief(words, row) | {"report": lines}

    for fn in (import_lora, merge, look_merge, check_lora, look_check):
        scene.action(fn)
