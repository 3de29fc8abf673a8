"""A process that does nothing but watch the tests' workers: `python -m tests.watcher HOME`."""

import sys
import threading

from jobs.engines.local import Local, Post
from storage.database import Store
from storage.settings import Settings

if __name__ == "__main__":
    Post.program = (sys.executable, "-m", "tests.worker")
    settings = Settings(home=sys.argv[1], beat=0.2, patience=3.0, threads=1, device="cpu")
    Local(Store.open(settings), settings).start()
    threading.Event().wait()
