"""Reading the environment: typed, and each name also from a file named by NAME_FILE (for mounted secrets)."""
from __future__ import annotations

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


def read_environment(base: Path) -> Environment:
    """The process environment, completed by a `.env` file beside manage.py where there is one."""
    dotenv = base / ".env"
    if dotenv.is_file():
        Environment.read_env(str(dotenv))
    return Environment()
