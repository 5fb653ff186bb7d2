"""Addresses of what is checked. `org` is a slug, `name` an integration's or a service's."""

from __future__ import annotations

from django.urls import path

from checks import webhooks
from checks.pages import (
    activity,
    checklist,
    connect,
    corrections,
    deliveries,
    diagnose,
    guides,
    health,
    host_key,
    integrations,
    pickers,
    services,
)
from checks.pages.setup import github, waiting

urlpatterns = [
    path("healthz", health.live, name="healthz"),
    path("readyz", health.ready, name="readyz"),
    path("guides/", guides.listing, name="guides"),
    path("guides/<str:provider>/", guides.guide, name="guide"),
    path("o/<str:org>/", checklist.checklist, name="checklist"),
    path("o/<str:org>/check/", checklist.check_all, name="check_all"),
    path("o/<str:org>/activity/", activity.activity, name="activity"),
    path("o/<str:org>/diagnose/", diagnose.diagnose, name="diagnose"),
    path("o/<str:org>/diagnose/rows/", diagnose.rows, name="diagnose_rows"),
    path("o/<str:org>/integrations/", integrations.listing, name="integrations"),
    path("o/<str:org>/integrations/new/", connect.choose, name="integration_choose"),
    path("o/<str:org>/integrations/new/github/app/", github.create, name="setup_github"),
    path("o/<str:org>/integrations/new/<str:provider>/", connect.new, name="integration_new"),
    path("o/<str:org>/integrations/<str:name>/", integrations.integration, name="integration"),
    path("o/<str:org>/integrations/<str:name>/rows/", integrations.rows, name="integration_rows"),
    path("o/<str:org>/integrations/<str:name>/check/", integrations.check, name="integration_check"),
    path("o/<str:org>/integrations/<str:name>/edit/", connect.edit, name="integration_edit"),
    path("o/<str:org>/integrations/<str:name>/pause/", integrations.pause, name="integration_pause"),
    path("o/<str:org>/integrations/<str:name>/resume/", integrations.resume, name="integration_resume"),
    path("o/<str:org>/integrations/<str:name>/disconnect/", connect.disconnect, name="integration_disconnect"),
    path("o/<str:org>/integrations/<str:name>/restore/", connect.restore, name="integration_restore"),
    path("o/<str:org>/integrations/<str:name>/trust/", host_key.trust, name="integration_trust"),
    path("o/<str:org>/integrations/<str:name>/repositories/", pickers.repositories, name="integration_repositories"),
    path("o/<str:org>/integrations/<str:name>/refs/", pickers.refs, name="integration_refs"),
    path("o/<str:org>/integrations/<str:name>/install/", github.install, name="integration_install"),
    path("o/<str:org>/integrations/<str:name>/installation/", github.choose, name="integration_installation"),
    path("o/<str:org>/integrations/<str:name>/approval/", waiting.approval, name="integration_approval"),
    path("o/<str:org>/integrations/<str:name>/redeliver/", deliveries.redeliver, name="integration_redeliver"),
    path("setup/github/created/", github.created, name="setup_github_created"),
    path("setup/github/again/", github.again, name="setup_github_again"),
    path("setup/github/installed/", github.installed, name="setup_github_installed"),
    path("webhooks/<str:provider>/<str:integration>", webhooks.receive, name="webhook"),
    path("o/<str:org>/services/", services.listing, name="services"),
    path("o/<str:org>/services/new/", services.new, name="service_new"),
    path("o/<str:org>/services/<str:name>/", services.service, name="service"),
    path("o/<str:org>/services/<str:name>/edit/", services.edit, name="service_edit"),
    path("o/<str:org>/services/<str:name>/correct/", corrections.correct, name="service_correct"),
    path("o/<str:org>/services/<str:name>/put-back/", corrections.put_back, name="service_put_back"),
    path("o/<str:org>/services/<str:name>/remove/", services.remove, name="service_remove"),
]
