"""The product's settings, and one more provider: the loopback one of the engine's tests."""
from dflow_integrations.settings import *

INSTALLED_APPS = [*INSTALLED_APPS, "tests.checks.engine.loopback.LoopbackConfig"]
