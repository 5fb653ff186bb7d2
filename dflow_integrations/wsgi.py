"""The WSGI entry point. A misconfigured installation stops here too, not only at a command."""
import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "dflow_integrations.settings")
application = get_wsgi_application()

from checks.system_checks import stop_if_misconfigured  # noqa: E402 -- needs the app registry

stop_if_misconfigured()
