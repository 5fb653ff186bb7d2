"""All settings. What an installation may choose comes from the environment (see .env.example)."""
from __future__ import annotations

import secrets
from pathlib import Path
from urllib.parse import urlsplit

from csp.constants import NONE, SELF

from dflow_integrations.environment import read_environment

BASE_DIR = Path(__file__).resolve().parent.parent
env = read_environment(BASE_DIR)

# --- Secrets. A missing one outside debug is refused by checks/system_checks.py, in a plain sentence. ---------------
DEBUG = env.switch("DEBUG")
_secret_key = env.str("SECRET_KEY", default="")
SECRET_KEY_IS_MISSING = not _secret_key and not DEBUG
SECRET_KEY = _secret_key or ("only-for-debug-on-this-machine" if DEBUG else secrets.token_urlsafe(48))
# A key everybody knows, for a first look with DEBUG only; a system check says so.
DEBUG_CREDENTIAL_KEY = "ZGVidWctb25seS1rZXktZG8tbm90LXVzZS1pbi1saXY="
_credential_keys = [key for key in env.list("CREDENTIAL_KEYS", default=[]) if key]
CREDENTIAL_KEYS = _credential_keys or ([DEBUG_CREDENTIAL_KEY] if DEBUG else [])

# --- Address ---------------------------------------------------------------------------------------------------------
BASE_URL = env.str("BASE_URL", default="http://localhost:8000").rstrip("/")
_address = urlsplit(BASE_URL)
_https = _address.scheme == "https"
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=[_address.hostname or "localhost", "localhost", "127.0.0.1"])
CSRF_TRUSTED_ORIGINS = [BASE_URL]
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if _https else None
SECURE_SSL_REDIRECT = _https
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
SECURE_HSTS_SECONDS = 31_536_000 if _https else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = _https
SECURE_HSTS_PRELOAD = _https
SECURE_REFERRER_POLICY = "same-origin"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = _https
SESSION_COOKIE_NAME = "__Host-session" if _https else "session"
CSRF_COOKIE_NAME = "__Host-csrf" if _https else "csrf"
CSRF_COOKIE_HTTPONLY = True
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE], "script-src": [SELF], "style-src": [SELF], "img-src": [SELF, "data:"],
        "font-src": [SELF], "connect-src": [SELF], "form-action": [SELF], "base-uri": [NONE], "frame-ancestors": [NONE],
    },
}

# --- Applications ----------------------------------------------------------------------------------------------------
INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.admin",
    "django.forms",
    "allauth",
    "allauth.account",
    "django_htmx",
    "csp",
    "django_q",
    "organisations",
    "checks",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]
ROOT_URLCONF = "dflow_integrations.urls"
WSGI_APPLICATION = "dflow_integrations.wsgi.application"
TEMPLATES = [{
    "BACKEND": "django.template.backends.django.DjangoTemplates",
    "DIRS": [BASE_DIR / "templates"],
    "APP_DIRS": True,
    "OPTIONS": {"context_processors": [
        "django.template.context_processors.request",
        "django.contrib.auth.context_processors.auth",
        "django.contrib.messages.context_processors.messages",
        "organisations.context.frame",
    ]},
}]
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"

# --- Data ------------------------------------------------------------------------------------------------------------
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
DATABASES = {"default": env.parsed("DATABASE_URL", env.db_url_config, f"sqlite:///{BASE_DIR / 'db.sqlite3'}")}
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    # IMMEDIATE is what keeps "database is locked" away: a transaction that reads first never has to upgrade its lock.
    DATABASES["default"]["OPTIONS"] = {
        "timeout": 20, "transaction_mode": "IMMEDIATE",
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA cache_size=-20000; "
                        "PRAGMA mmap_size=134217728; PRAGMA journal_size_limit=67108864;",
    }
else:
    DATABASES["default"].update({"CONN_MAX_AGE": 60, "CONN_HEALTH_CHECKS": True})
REDIS_URL = env.str("REDIS_URL", default="")
CACHES = {"default": (
    {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": REDIS_URL} if REDIS_URL else
    {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "dflow_cache"}
),
    # Where django-q2 would put its statistics twice a second; nobody reads them (the workers' heartbeats are rows of ours).
    "queue": {"BACKEND": "django.core.cache.backends.dummy.DummyCache"},
}

# --- The queue. checks/system_checks.py refuses a retry that is too short for the timeout. ---------------------------
QUEUE_CLICKS, QUEUE_SWEEPS = "clicks", "sweeps"
Q_CLUSTER = {
    "name": QUEUE_CLICKS, "ALT_CLUSTERS": {QUEUE_SWEEPS: {"name": QUEUE_SWEEPS, "poll": 0.5}},
    "workers": 4, "queue_limit": 2, "bulk": 1, "timeout": 120, "retry": 600, "max_attempts": 3, "ack_failures": True,
    "save_limit": -1, "catch_up": False, "recycle": 500, "poll": 0.1, "scheduler": False, "label": "Queue",
    "cache": "queue",
    **({"redis": REDIS_URL, "broker_class": "checks.engine.broker.RedisBroker"} if REDIS_URL else
       {"orm": "default", "broker_class": "checks.engine.broker.DatabaseBroker"}),
}

# --- People ----------------------------------------------------------------------------------------------------------
AUTH_USER_MODEL = "organisations.User"
SILENCED_SYSTEM_CHECKS = [
    "auth.W004",  # the address is unique, by a constraint that disregards its case
    "security.W009",  # it counts characters; a key of generate_key has 44, and 256 bits
]
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [{"NAME": f"django.contrib.auth.password_validation.{name}"} for name in (
    "UserAttributeSimilarityValidator", "MinimumLengthValidator", "CommonPasswordValidator", "NumericPasswordValidator")]
LOGIN_URL, LOGIN_REDIRECT_URL, LOGOUT_REDIRECT_URL = "account_login", "home", "account_login"
ACCOUNT_ADAPTER = "organisations.adapter.AccountAdapter"
ACCOUNT_FORMS = {"login": "organisations.account_forms.SignInForm", "signup": "organisations.account_forms.SignUpForm",
                 "add_email": "organisations.account_forms.NewEmailForm",
                 "change_password": "organisations.account_forms.NewPasswordForm",
                 "reauthenticate": "organisations.account_forms.OnceMoreForm",
                 "set_password": "organisations.account_forms.FirstPasswordForm",
                 "reset_password": "organisations.account_forms.AskResetForm",
                 "reset_password_from_key": "organisations.account_forms.ResetForm"}
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_UNIQUE_EMAIL = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_PRESERVE_USERNAME_CASING = False
ACCOUNT_CHANGE_EMAIL = True  # one address an account; a new one replaces it once it is verified
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_LOGIN_ON_EMAIL_CONFIRMATION = True  # only in the session that signed up
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_REAUTHENTICATION_TIMEOUT = 1800
ACCOUNT_DEFAULT_HTTP_PROTOCOL = _address.scheme or "http"

# --- Mail ------------------------------------------------------------------------------------------------------------
EMAIL_URL = env.str("EMAIL_URL", default="")
vars().update(env.parsed("EMAIL_URL", env.email_url_config, "consolemail://"))
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default=f"dFlow integrations <noreply@{_address.hostname or 'localhost'}>")

# --- The way out to the network (checks/egress/ reads these alone) -------------------------------------------------
EGRESS_ALLOW_NETWORKS = env.list("EGRESS_ALLOW_NETWORKS", default=[])
EGRESS_ALLOW_PLAIN_HTTP = env.switch("EGRESS_ALLOW_PLAIN_HTTP")
EGRESS_CA_BUNDLE = env.str("EGRESS_CA_BUNDLE", default="")

# --- Watching --------------------------------------------------------------------------------------------------------
LOGGING = {
    "version": 1, "disable_existing_loggers": False,
    "filters": {"redact": {"()": "dflow_integrations.logs.Redacted"}},
    "formatters": {"line": {"format": "{asctime} {levelname} {name} {message}", "style": "{"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line", "filters": ["redact"]}},
    "root": {"handlers": ["console"], "level": "INFO"},
    "loggers": {"django": {"handlers": [], "level": "INFO", "propagate": True},
                "django.server": {"handlers": ["console"], "level": "INFO", "propagate": False},
                "paramiko": {"level": "WARNING"},
                "django-q": {"handlers": ["console"], "level": "WARNING", "propagate": False}},
}

# --- Texts and files -------------------------------------------------------------------------------------------------
LANGUAGE_CODE, TIME_ZONE, USE_I18N, USE_TZ = "en-gb", "UTC", True, True
STATIC_URL, STATIC_ROOT = "static/", BASE_DIR / "static_out"
STATICFILES_DIRS = [BASE_DIR / "dflow_integrations" / "static"]
_whitenoise = "whitenoise.storage.CompressedManifestStaticFilesStorage"
STORAGES = {"default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
            "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage" if DEBUG else _whitenoise}}
WHITENOISE_USE_FINDERS = WHITENOISE_AUTOREFRESH = DEBUG
DATA_UPLOAD_MAX_MEMORY_SIZE = 1_100_000
# What is uploaded is read in memory and never lies on a disk; of a bigger request the file is dropped, and the form says so.
FILE_UPLOAD_HANDLERS = ["django.core.files.uploadhandler.MemoryFileUploadHandler"]
FILE_UPLOAD_MAX_MEMORY_SIZE = 1_100_000
