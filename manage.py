#!/usr/bin/env python
"""Every command of the program: `python manage.py help` lists them."""
import os
import sys


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "dflow_integrations.settings")
    from django.core.exceptions import ImproperlyConfigured  # noqa: PLC0415 -- as above
    from django.core.management import execute_from_command_line  # noqa: PLC0415 -- slow import, after the environment
    try:
        execute_from_command_line(sys.argv)
    except ImproperlyConfigured as error:  # a setting that cannot be read is a sentence, not a traceback
        print(error, file=sys.stderr)  # noqa: T201 -- for the person at the terminal
        sys.exit(2)


if __name__ == "__main__":
    main()
