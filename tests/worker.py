"""The worker's process with the tests' own tasks, and without warming up: `python -m tests.worker …`."""

import sys
from pathlib import Path

import jobs.tasks
from jobs import worker

jobs.tasks.__path__.append(str(Path(__file__).parent / "tasks"))

if __name__ == "__main__":
    worker.Worker.warm = lambda self: None
    sys.exit(worker.main())
