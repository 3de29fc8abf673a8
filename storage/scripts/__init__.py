"""Scripts: plain text, Fountain and CSV become scenes, and scenes a first list of shots."""

from storage.scripts.bringing import Brought, bring
from storage.scripts.proposing import propose, rules
from storage.scripts.reading import MOST_BYTES, read
from storage.scripts.renewing import Renewed, renew
from storage.scripts.script import Line, Script, Written
from storage.scripts.undoing import undo

__all__ = [
    "MOST_BYTES", "Brought", "Line", "Renewed", "Script", "Written", "bring", "propose", "read", "renew", "rules", "undo",
]  # fmt: skip
