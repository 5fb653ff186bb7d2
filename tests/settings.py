"""The environment of the tests, then the product's own settings, unchanged."""
import base64
import os

os.environ.update({
    "SECRET_KEY": "tests-only", "DEBUG": "false", "BASE_URL": "http://testserver", "ALLOWED_HOSTS": "testserver,localhost,127.0.0.1",
    "CREDENTIAL_KEYS": base64.urlsafe_b64encode(b"t" * 32).decode(), "EMAIL_URL": "memorymail://",
    "EGRESS_ALLOW_NETWORKS": "", "EGRESS_ALLOW_PLAIN_HTTP": "false", "EGRESS_CA_BUNDLE": "",
})
os.environ.setdefault("DATABASE_URL", "sqlite:///:memory:")
for name in ("REDIS_URL", "AWS_ENDPOINT_URL", "AWS_PROFILE", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
    os.environ.pop(name, None)

from dflow_integrations.settings import *

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # sign-in is not what is measured here
STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
STATIC_ROOT = BASE_DIR / ".data" / "none"
