"""The product's settings, and one more provider: the loopback one of the engine's tests."""
from dflow_integrations.settings import *  # noqa: F403 -- the product's own

INSTALLED_APPS = [*INSTALLED_APPS, "tests.checks.engine.loopback.LoopbackConfig"]  # noqa: F405
