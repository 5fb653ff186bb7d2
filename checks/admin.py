"""The admin of what is checked: to look, to search, and to ask again. No credential and no table of the queue shows.

Rows are the engine's or the Organisation's own: they are changed by their pages and commands, which validate and audit.
"""

from __future__ import annotations

from typing import Any

from django.apps import apps
from django.contrib import admin, messages
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from checks.actions import verify
from checks.actions.errors import Invalid
from checks.models import (
    AccountHolder,
    Approval,
    Badge,
    Delivery,
    Finding,
    Flip,
    HandOff,
    Heartbeat,
    HookRefusal,
    Integration,
    Probe,
    Run,
    Service,
    SetupState,
)
from organisations import audit

FINGERPRINT_SHOWN = 8

# What the queue holds is pickled: nobody reads it through a page, and nobody edits it.
for queued in apps.get_app_config("django_q").get_models():
    if admin.site.is_registered(queued):
        admin.site.unregister(queued)


class ReadOnly(admin.ModelAdmin):
    """A list to look through."""

    show_full_result_count = False
    list_per_page = 50

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


@admin.register(Integration)
class IntegrationAdmin(ReadOnly):
    list_display = (
        "name",
        "organisation",
        "provider",
        "status",
        "verified_at",
        "checked_at",
        "next_check_at",
        "removed_at",
    )
    list_filter = (
        "provider",
        "status",
        ("removed_at", admin.EmptyFieldListFilter),
        ("paused_at", admin.EmptyFieldListFilter),
    )
    search_fields = ("name", "organisation__name", "organisation__slug")
    list_select_related = ("organisation",)
    actions = ("check_again",)
    fields = (
        "id",
        "organisation",
        "provider",
        "name",
        "notes",
        "settings",
        "credentials",
        "generation",
        "status",
        "verified_at",
        "checked_at",
        "next_check_at",
        "paused_at",
        "removed_at",
        "connected_by",
        "created_at",
    )
    readonly_fields = fields

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).defer("sealed")

    @admin.display(description="credentials stored")
    def credentials(self, integration: Integration) -> SafeString | str:
        """Names, when each was set, and the start of its fingerprint: all that there is to see."""
        lines = [
            (name, facts.get("set_at", "?"), str(facts.get("fingerprint", ""))[:FINGERPRINT_SHOWN])
            for name, facts in sorted(integration.credential_facts.items())
        ]
        return (
            format_html("<ul>{}</ul>", format_html_join("", "<li>{}: set {}, fingerprint {}</li>", lines))
            if lines
            else "none"
        )

    def has_check_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("checks.change_integration")

    @admin.action(description="Check the selected integrations again", permissions=["check"])
    def check_again(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        """Staff act as operators: the run names no member, and the audit trail names who asked, and where."""
        asked = 0
        for integration in queryset.filter(removed_at=None).select_related("organisation"):
            try:
                verify.ask(integration=integration, actor=None, trigger=Run.Trigger.COMMAND)
            except Invalid as error:
                self.message_user(request, f"Not asked: {integration.name} ({error.sentence()})", messages.WARNING)
                continue
            audit.record(
                integration.organisation,
                request.user,  # type: ignore[arg-type]
                "asked for a check of",
                integration.name,
                through="the admin",
            )
            asked += 1
        self.message_user(request, f"{asked} asked to be checked.", messages.SUCCESS if asked else messages.WARNING)


@admin.register(Service)
class ServiceAdmin(ReadOnly):
    list_display = ("name", "organisation", "kind", "integration", "node", "created_at")
    list_filter = ("kind",)
    search_fields = ("name", "organisation__name", "organisation__slug", "integration__name")
    list_select_related = ("organisation", "integration", "node")


@admin.register(Run)
class RunAdmin(ReadOnly):
    list_display = (
        "created_at",
        "integration",
        "organisation",
        "state",
        "status",
        "trigger",
        "attempts",
        "alone",
        "duration_ms",
    )
    list_filter = ("state", "status", "trigger", "alone")
    search_fields = ("id", "integration__name", "integration__organisation__slug")
    list_select_related = ("integration__organisation",)
    date_hierarchy = "created_at"
    exclude = ("lease",)

    @admin.display(ordering="integration__organisation__name")
    def organisation(self, run: Run) -> str:
        return str(run.integration.organisation)


@admin.register(Finding)
class FindingAdmin(ReadOnly):
    list_display = ("title", "integration", "service", "status", "required", "cause", "layer", "checked_at", "since")
    list_filter = ("status", "required", "cause", "layer", "skip")
    search_fields = ("check_slug", "title", "evidence", "integration__name", "integration__organisation__slug")
    list_select_related = ("integration", "service")


@admin.register(Flip)
class FlipAdmin(ReadOnly):
    list_display = ("at", "title", "integration", "service_name", "before", "after", "cause")
    list_filter = ("after", "before", "cause")
    search_fields = (
        "check_slug",
        "title",
        "evidence",
        "service_name",
        "integration__name",
        "integration__organisation__slug",
    )
    list_select_related = ("integration",)
    date_hierarchy = "at"


@admin.register(Probe)
class ProbeAdmin(ReadOnly):
    list_display = ("created_at", "kind", "integration", "gone_at", "tries", "next_try_at", "note")
    list_filter = ("kind", ("gone_at", admin.EmptyFieldListFilter))
    search_fields = ("id", "note", "integration__name", "integration__organisation__slug")
    list_select_related = ("integration",)


@admin.register(Heartbeat)
class HeartbeatAdmin(ReadOnly):
    list_display = ("name", "pid", "started_at", "beat_at", "worked_at")
    search_fields = ("name",)


@admin.register(Delivery)
class DeliveryAdmin(ReadOnly):
    list_display = ("at", "integration", "name", "action", "account", "repository", "ref")
    list_filter = ("name",)
    search_fields = ("delivery", "repository", "account", "integration__name", "integration__organisation__slug")
    list_select_related = ("integration",)
    date_hierarchy = "at"


@admin.register(HookRefusal)
class HookRefusalAdmin(ReadOnly):
    list_display = ("integration", "at", "count", "why")
    search_fields = ("why", "integration__name", "integration__organisation__slug")
    list_select_related = ("integration",)


@admin.register(AccountHolder)
class AccountHolderAdmin(ReadOnly):
    list_display = ("account_key", "provider", "organisation", "integration", "since")
    list_filter = ("provider",)
    search_fields = ("account_key", "organisation__name", "organisation__slug", "integration__name")
    list_select_related = ("organisation", "integration")


@admin.register(SetupState)
class SetupStateAdmin(ReadOnly):
    list_display = ("created_at", "step", "provider", "organisation", "person", "expires_at", "used_at")
    list_filter = ("step", "provider", ("used_at", admin.EmptyFieldListFilter))
    search_fields = ("integration_id", "organisation__name", "organisation__slug", "person__email")
    list_select_related = ("organisation", "person")
    exclude = ("nonce", "session", "sealed_code")


@admin.register(Approval)
class ApprovalAdmin(ReadOnly):
    list_display = ("integration", "account", "asked_by", "asked_at", "looked_at")
    search_fields = ("account", "integration__name", "integration__organisation__slug")
    list_select_related = ("integration", "asked_by")


@admin.register(HandOff)
class HandOffAdmin(ReadOnly):
    list_display = ("created_at", "organisation", "integration", "check_slug", "made_by", "expires_at", "revoked_at", "opened")
    list_filter = (("revoked_at", admin.EmptyFieldListFilter),)
    search_fields = ("check_slug", "integration__name", "organisation__name", "organisation__slug", "made_by__email")
    list_select_related = ("organisation", "integration", "made_by")
    date_hierarchy = "created_at"
    exclude = ("token_hash",)


@admin.register(Badge)
class BadgeAdmin(ReadOnly):
    list_display = ("service", "made_by", "created_at")
    search_fields = ("service__name", "service__organisation__name", "service__organisation__slug")
    list_select_related = ("service", "made_by")
    exclude = ("token",)
