"""Addresses of the JSON API, and of the page that explains it."""
from __future__ import annotations

from django.urls import include, path, re_path

from checks.api import api, docs, document

urlpatterns = [
    path("", docs.page, name="api_docs"),
    path("v1/openapi.json", document.openapi, name="api_description"),
    path("v1/", include((api.patterns(), "api"))),
    re_path("", api.nowhere, name="api_nowhere"),
]
