"""Whether a text names somebody, in English and Korean."""

from __future__ import annotations

import re

PARTICLES = (
    "(?:이|씨|님|네|들)?"
    "(?:에게서|에게|한테서|한테|께서|께|까지|부터|처럼|보다|마저|조차|이랑|랑|하고|와|과|밖에|으로|로)?"
    "(?:은|는|이|가|을|를|의|도|만|에|야|아|여|라고|이라고|나|이나)?"
)
"""What Korean puts behind a name without a blank; also behind one in Latin letters."""


def mentions(text: str, name: str) -> bool:
    """Whether a text has that name as a whole word, in any case and with any particle."""
    return bool(re.search(rf"(?<!\w){re.escape(name)}{PARTICLES}(?!\w)", text, re.IGNORECASE))
