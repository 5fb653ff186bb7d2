#!/usr/bin/env python
"""Every command of the program: `python manage.py help` lists them."""
import os
import sys


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "dflow_integrations.settings")
    from django.core.management import execute_from_command_line  # noqa: PLC0415 -- slow import, after the environment
    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
