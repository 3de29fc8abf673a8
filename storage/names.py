"""What a name that a person gives must be like."""

import unicodedata

from storage.errors import BadInput

LONGEST = 80


def clean(name: str, what: str) -> str:
    """The name without surrounding blanks, in Unicode NFC.

    Raises:
        BadInput: it is empty, longer than 80 characters, or holds a control character or slash.
    """
    name = unicodedata.normalize("NFC", name or "").strip()
    if not name:
        raise BadInput(f"{what} needs a name. Type one.")
    if len(name) > LONGEST:
        raise BadInput(f"The name “{name[:20]}…” has {len(name)} characters; {LONGEST} is the most. Shorten it.")
    bad = next((c for c in name if c in "/\\" or unicodedata.category(c) == "Cc"), None)
    if bad is not None:
        raise BadInput(f"The name “{name}” holds the character {bad!r}, which names cannot hold. Leave it out.")
    return name
