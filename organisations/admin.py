"""The operator's place: people, Organisations, who belongs where, and the trail. No secret, no token, no queue."""
from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.forms import AdminUserCreationForm, UserChangeForm
from django.contrib.auth.models import Group
from django.db.models import Count, QuerySet
from django.http import HttpRequest

from organisations import audit, members
from organisations.models import ApiToken, AuditEvent, Invitation, LastOwner, Membership, Organisation, Role, User

admin.site.unregister(Group)  # roles belong to Organisations; nothing here asks for a group


class PersonForm(UserChangeForm):  # type: ignore[type-arg]
    def clean_is_active(self) -> bool:
        active: bool = self.cleaned_data["is_active"]
        owned = [] if active else members.sole_ownerships(self.instance)
        if owned:
            raise forms.ValidationError(str(LastOwner(owned[0])))
        return active


class NewPersonForm(AdminUserCreationForm):  # type: ignore[type-arg]
    class Meta:
        model = User
        fields = ("email",)


@admin.register(User)
class UserAdmin(DjangoUserAdmin):  # type: ignore[type-arg]
    form, add_form = PersonForm, NewPersonForm
    list_display = ("email", "name", "is_active", "is_staff", "date_joined", "last_login")
    list_filter = ("is_active", "is_staff", "is_superuser", "date_joined")
    search_fields = ("email", "name")
    ordering = ("email",)
    filter_horizontal = ()
    readonly_fields = ("date_joined", "last_login")
    fieldsets = (
        (None, {"fields": ("email", "name", "password")}),
        ("May", {"fields": ("is_active", "is_staff", "is_superuser")}),
        ("When", {"fields": ("date_joined", "last_login")}),
    )
    add_fieldsets = ((None, {"classes": ("wide",), "fields": ("email", "usable_password", "password1", "password2")}),)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """An address is proven by its owner: the person changes it, by a mailed link."""
        return (*self.readonly_fields, *(("email",) if obj else ()))

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        if change and "is_active" in form.changed_data and not obj.is_active:
            members.deactivate(obj)  # under the locks; the form only looked
        super().save_model(request, obj, form, change)

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> tuple[Any, Any, Any, list[Any]]:
        """An account that alone owns an Organisation is shown as protected, in the place where Django shows that."""
        found, counts, perms, protected = super().get_deleted_objects(objs, request)
        alone = [f"{user} alone owns {organisation}" for user in objs for organisation in members.sole_ownerships(user)]
        return found, counts, perms - PARTS, [*protected, *alone]


# What goes with its account or Organisation has no delete button of its own here; that does not protect the whole.
PARTS = {str(model._meta.verbose_name) for model in (ApiToken, AuditEvent, Invitation, Membership)}


class MembershipInline(admin.TabularInline):  # type: ignore[type-arg]
    model = Membership
    fields = readonly_fields = ("user", "role", "created_at")
    extra, can_delete, show_change_link = 0, False, True

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Organisation)
class OrganisationAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = ("name", "slug", "people", "created_at")
    list_filter = ("created_at",)
    search_fields = ("name", "slug", "memberships__user__email")
    readonly_fields = ("slug", "created_at")
    inlines = (MembershipInline,)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Organisation]:
        return super().get_queryset(request).annotate(member_count=Count("memberships", distinct=True))

    @admin.display(ordering="member_count")
    def people(self, organisation: Any) -> int:
        return int(organisation.member_count)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False  # an Organisation needs an owner: `create_organisation` makes both

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> tuple[Any, Any, Any, list[Any]]:
        found, counts, perms, protected = super().get_deleted_objects(objs, request)
        return found, counts, perms - PARTS, protected


class MembershipForm(forms.ModelForm):  # type: ignore[type-arg]
    def clean_role(self) -> str:
        role: str = self.cleaned_data["role"]
        kept = self.instance
        if kept.pk and Membership.objects.get(pk=kept.pk).role == Role.OWNER and role != Role.OWNER:
            others = kept.organisation.active_owners().exclude(pk=kept.pk)
            if not others.exists():
                raise forms.ValidationError(str(LastOwner(kept.organisation)))
        return role


@admin.register(Membership)
class MembershipAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    form = MembershipForm
    list_display = ("user", "organisation", "role", "created_at")
    list_filter = ("role", "created_at")
    search_fields = ("user__email", "user__name", "organisation__name", "organisation__slug")
    autocomplete_fields = ("user", "organisation")
    list_select_related = ("user", "organisation")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return ("user", "organisation", "created_at") if obj else ("created_at",)

    def save_model(self, request: HttpRequest, obj: Membership, form: Any, change: bool) -> None:
        """By the same verbs as the pages, as the operator: locked, guarded, and in the trail under this name."""
        by = f"by {request.user} in the admin"
        if change:
            members.change_role(organisation=obj.organisation, actor=None, member=obj, role=Role(obj.role), note=by)
        else:
            super().save_model(request, obj, form, change)
            audit.record(obj.organisation, None, "added", obj.user.email, role=obj.role, note=by)

    def delete_model(self, request: HttpRequest, obj: Membership) -> None:
        members.remove(organisation=obj.organisation, actor=None, member=obj, note=f"by {request.user} in the admin")

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Membership]) -> None:
        for member in queryset.select_related("organisation", "user"):
            try:
                self.delete_model(request, member)
            except LastOwner as refusal:
                self.message_user(request, str(refusal), messages.ERROR)

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> tuple[Any, Any, Any, list[Any]]:
        found, counts, perms, protected = super().get_deleted_objects(objs, request)
        alone = [f"{m.user} alone owns {m.organisation}" for m in objs
                 if m.role == Role.OWNER and m.organisation in members.sole_ownerships(m.user)]
        return found, counts, perms, [*protected, *alone]


class ReadOnly(admin.ModelAdmin):  # type: ignore[type-arg]
    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Invitation)
class InvitationAdmin(ReadOnly):
    list_display = ("email", "organisation", "role", "invited_by", "created_at", "expires_at", "accepted_at",
                    "revoked_at")
    list_filter = ("role", "created_at", "accepted_at", "revoked_at")
    search_fields = ("email", "organisation__name", "organisation__slug", "invited_by__email")
    list_select_related = ("organisation", "invited_by")
    exclude = ("token_hash",)


@admin.register(ApiToken)
class ApiTokenAdmin(ReadOnly):
    list_display = ("name", "prefix", "organisation", "role", "made_by", "created_at", "expires_at", "last_used_at",
                    "revoked_at")
    list_filter = ("role", "created_at", "expires_at", "revoked_at")
    search_fields = ("name", "prefix", "organisation__name", "organisation__slug", "made_by__email")
    list_select_related = ("organisation", "made_by")
    exclude = ("token_hash",)


@admin.register(AuditEvent)
class AuditEventAdmin(ReadOnly):
    list_display = ("at", "actor_name", "verb", "subject", "organisation")
    list_filter = ("verb", "at")
    search_fields = ("actor_name", "verb", "subject", "organisation__name", "organisation__slug")
    list_select_related = ("organisation",)
    date_hierarchy = "at"
