"""Reading the environment: typed, and each name also from a file named by NAME_FILE (for mounted secrets)."""
from __future__ import annotations

import warnings
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import environ
from django.core.exceptions import ImproperlyConfigured


class Environment(environ.FileAwareEnv):
    """django-environ, with errors that name the variable and say what would be right."""

    def get_value(self, var: Any, *args: Any, **kwargs: Any) -> Any:
        try:
            return super().get_value(var, *args, **kwargs)
        except OSError as error:
            raise ImproperlyConfigured(f"{var}_FILE names a file that cannot be read: {error.strerror}.") from None
        except ValueError as error:
            raise ImproperlyConfigured(f"{var} cannot be read: {error}.") from None


    def parsed(self, var: str, parse: Callable[[str], dict[str, Any]], default: str) -> dict[str, Any]:
        """What a URL-shaped variable means; a blank one is as good as none."""
        with warnings.catch_warnings(), suppress(ImproperlyConfigured, ValueError, KeyError):
            warnings.simplefilter("ignore", UserWarning)
            meant = parse(self.str(var, default="") or default)
            if meant.get("ENGINE") or meant.get("EMAIL_BACKEND"):
                return meant
        raise ImproperlyConfigured(f"{var} is not a URL of a known kind, such as {default.split(':', maxsplit=1)[0]}://…")

    def switch(self, var: str) -> bool:
        """true or false, off where it is blank; anything else is an error rather than a guess."""
        value = self.str(var, default="").strip().lower()
        if value not in (*self.BOOLEAN_TRUE_STRINGS, "", "false", "off", "no", "n", "0"):
            raise ImproperlyConfigured(f"{var} is neither true nor false.")
        return value in self.BOOLEAN_TRUE_STRINGS


def read_environment(base: Path) -> Environment:
    """The process environment, completed by a `.env` file beside manage.py where there is one."""
    dotenv = base / ".env"
    if dotenv.is_file():
        Environment.read_env(str(dotenv))
    return Environment()
