"""From the words of a command line to an exit status."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from door import ask
from door.options import Parser
from jobs import folder
from storage.errors import StudioError

ABOUT = """Pictures in, captions, a trained LoRA, pictures out: in the browser, offline.
Without a command the page is served. Fields of a task are its options; each
command tells its own with --help."""

INTERRUPTED = 130
"""Exit status after Ctrl+C, as shells have it."""


def main(words: list[str]) -> int:
    """Do what the command line says: 0, or one sentence on standard error and another status."""
    commands = {name.replace("_", "-"): line for name, line in folder.names("door.commands").items()}
    tasks = folder.names("jobs.tasks")
    chosen = words[0] if words and words[0] in commands | tasks else ""
    if not chosen and not (words and words[0] in ("-h", "--help")) and not _is_word(words):
        chosen, words = "serve", ["serve", *words]
    try:
        options = _parser(commands, tasks, chosen).parse_args(words)
        return options.run(options)
    except StudioError as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return INTERRUPTED


def _is_word(words: list[str]) -> bool:
    """Whether a command was meant, though there is none of that name."""
    return bool(words) and not words[0].startswith("-")


def _parser(commands: dict[str, str], tasks: dict[str, str], chosen: str) -> argparse.ArgumentParser:
    """Only the chosen command's options are drawn up: the others' modules are not imported."""
    parser = Parser(prog="app.py", description=ABOUT, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.helper = f"app.py {chosen}".strip()
    parsers = parser.add_subparsers(title="commands", metavar="COMMAND", dest="command", required=True)
    for name, line in sorted((commands | tasks).items(), key=lambda pair: (pair[0] != "serve", pair[0])):
        one = parsers.add_parser(name, help=line, description=line)
        if name != chosen:
            continue
        one.add_argument("--home", type=Path, help="the folder in which everything is remembered [STUDIO_HOME or data]")
        if name not in commands:
            ask.options(one, name)
        else:
            module = folder.load("door.commands", name.replace("-", "_"))
            module.options(one)
            one.set_defaults(run=module.run)
    return parser
