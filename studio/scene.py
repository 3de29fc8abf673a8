"""What every tab receives: the store, the words, and a place to declare what the page can do."""

from __future__ import annotations

import functools
import inspect
import logging
from collections.abc import Callable
from typing import Any

import gradio as gr
from sqlalchemy.exc import OperationalError

from storage.database import Store
from storage.errors import StudioError
from storage.settings import Settings
from studio.words import Words

log = logging.getLogger("studio")

Action = Callable[..., Any]
"""What the page can do: a function whose first argument is the store."""

QUIET: dict[str, Any] = {
    "show_progress": "hidden",
    "api_visibility": "private",
    "concurrency_limit": None,
    "trigger_mode": "always_last",
}
"""How events run that nobody waits for: of what is asked while one runs, the last runs after it."""


class Scene:
    """One page in one language while it is drawn.

    Attributes:
        place: the component that holds the number of the chosen project.
        actions: everything the page can do, by its name; each is an API endpoint of that name.
    """

    def __init__(self, store: Store, settings: Settings, words: Words) -> None:
        self.store, self.settings, self.words = store, settings, words
        self.place: gr.HTML
        self.actions: dict[str, Callable[..., Any]] = {}

    def action(self, fn: Action) -> Action:
        """Offer `fn(store, …)` as the endpoint of its name: its other arguments are the endpoint's."""
        name = fn.__name__
        if name in self.actions:
            raise ValueError(f"two actions are called {name}")
        self.actions[name] = self.spoken(functools.partial(fn, self.store), fn)
        return fn

    def spoken(self, call: Callable[..., Any], like: Callable[..., Any] | None = None) -> Callable[..., Any]:
        """`call` whose errors are sentences in the page's language; what is no `StudioError` goes to the log."""

        def safely(*args: Any, **kwargs: Any) -> Any:
            try:
                return call(*args, **kwargs)
            except StudioError as error:
                raise gr.Error(self.words.error(str(error)), print_exception=False, title="") from error
            except gr.Error:
                raise
            except (OperationalError, OSError) as error:
                log.exception("the store could not be read or written")
                reason = getattr(error, "orig", None) or getattr(error, "strerror", None) or error
                raise gr.Error(self.words("error.store", reason=reason), print_exception=False, title="") from error
            except Exception as error:
                log.exception("an action of the page failed")
                raise gr.Error(self.words("error.unexpected"), print_exception=False, title="") from error

        if like is not None:
            _dress(safely, like)
        else:
            safely.__name__, safely.__doc__ = call.__name__, call.__doc__
        return safely

    def offer(self) -> None:
        """Make every action an endpoint of the Blocks that are being drawn."""
        for name, call in self.actions.items():
            gr.api(call, api_name=name, queue=False)


def _dress(call: Callable[..., Any], like: Callable[..., Any]) -> None:
    """Give `call` the name, docstring and arguments of `like`, without its first one."""
    signature = inspect.signature(like, eval_str=True)
    kept = list(signature.parameters.values())[1:]
    call.__name__, call.__doc__ = like.__name__, like.__doc__
    vars(call)["__signature__"] = signature.replace(parameters=kept)
    call.__annotations__ = {p.name: p.annotation for p in kept} | {"return": signature.return_annotation}


__all__ = ["QUIET", "Action", "Scene"]
