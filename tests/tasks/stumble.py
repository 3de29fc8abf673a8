"""Go wrong in one way or another: for tests of what a job's row says then."""

from typing import Literal

from jobs.context import Context
from jobs.task import Task, ask
from storage.errors import BadInput


class Stumble(Task):
    """Raises what it is told to."""

    over: Literal["sentence", "surprise", "memory"] = ask("surprise", "Over")

    def title(self) -> str:
        return f"Stumble over a {self.over}"

    def run(self, context: Context) -> None:
        if self.over == "sentence":
            raise BadInput("The picture is upside down. Turn it round.")
        if self.over == "memory":
            raise MemoryError
        raise RuntimeError("a cog fell off")
