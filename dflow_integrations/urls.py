"""The map of the site: accounts, the admin, Organisations and what is checked in them."""
from __future__ import annotations

from allauth.account.decorators import secure_admin_login
from django.contrib import admin
from django.urls import include, path

admin.site.site_header = admin.site.site_title = "dFlow integrations"
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]

urlpatterns = [
    path("accounts/", include("allauth.account.urls")),
    path("admin/", admin.site.urls),
    path("api/", include("checks.api.urls")),
    path("", include("organisations.urls")),
    path("", include("checks.urls")),
]
