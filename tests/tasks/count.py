"""Count up to a number, remembering how far it came: long work in small, for tests."""

import time

from jobs.context import Context, Paused
from jobs.task import Task, ask


class Count(Task):
    """Writes each number it counted into `counted.txt` of its folder."""

    to: int = ask(5, "To", ge=1)
    seconds: float = ask(0.0, "Seconds a step", ge=0)
    stubborn: bool = ask(False, "Never looks up", help="Never looks at what it is asked to do.")

    def title(self) -> str:
        return f"Count to {self.to}"

    def run(self, context: Context) -> None:
        file = context.folder / "counted.txt"
        start = len(file.read_text().split()) if file.exists() else 0
        try:
            for number in range(start, self.to):
                time.sleep(self.seconds)
                with file.open("a") as written:
                    written.write(f"{number}\n")
                context.measure(number, counted=number)
                if not self.stubborn:
                    context.progress(number + 1, self.to, "counting")
        except Paused:
            (context.folder / "saved").touch()
            raise
        context.result(counted=self.to)
