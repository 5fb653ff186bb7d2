"""Addresses of what is checked. `org` is a slug, `name` an integration's or a service's."""

from __future__ import annotations

from django.urls import path

from checks.pages import activity, checklist, connect, guides, health, integrations, services

urlpatterns = [
    path("healthz", health.live, name="healthz"),
    path("readyz", health.ready, name="readyz"),
    path("guides/", guides.listing, name="guides"),
    path("guides/<str:provider>/", guides.guide, name="guide"),
    path("o/<str:org>/", checklist.checklist, name="checklist"),
    path("o/<str:org>/check/", checklist.check_all, name="check_all"),
    path("o/<str:org>/activity/", activity.activity, name="activity"),
    path("o/<str:org>/integrations/", integrations.listing, name="integrations"),
    path("o/<str:org>/integrations/new/", connect.choose, name="integration_choose"),
    path("o/<str:org>/integrations/new/<str:provider>/", connect.new, name="integration_new"),
    path("o/<str:org>/integrations/<str:name>/", integrations.integration, name="integration"),
    path("o/<str:org>/integrations/<str:name>/rows/", integrations.rows, name="integration_rows"),
    path("o/<str:org>/integrations/<str:name>/check/", integrations.check, name="integration_check"),
    path("o/<str:org>/integrations/<str:name>/edit/", connect.edit, name="integration_edit"),
    path("o/<str:org>/integrations/<str:name>/pause/", integrations.pause, name="integration_pause"),
    path("o/<str:org>/integrations/<str:name>/resume/", integrations.resume, name="integration_resume"),
    path("o/<str:org>/integrations/<str:name>/disconnect/", connect.disconnect, name="integration_disconnect"),
    path("o/<str:org>/integrations/<str:name>/restore/", connect.restore, name="integration_restore"),
    path("o/<str:org>/services/", services.listing, name="services"),
    path("o/<str:org>/services/new/", services.new, name="service_new"),
    path("o/<str:org>/services/<str:name>/", services.service, name="service"),
    path("o/<str:org>/services/<str:name>/edit/", services.edit, name="service_edit"),
    path("o/<str:org>/services/<str:name>/remove/", services.remove, name="service_remove"),
]
