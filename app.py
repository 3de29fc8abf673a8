"""Open the studio: `python app.py` serves the page and starts the workers; `python app.py --help` tells the rest."""

import sys

from door.main import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
