from django.apps import AppConfig


class ChecksConfig(AppConfig):
    name = "checks"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from checks import system_checks  # noqa: F401, PLC0415 -- app ready: registers the system checks
