"""Addresses of people and Organisations. `org` is a slug."""
from __future__ import annotations

from django.urls import path

from organisations.pages import home, invitations, members, settings, tokens

urlpatterns = [
    path("", home.home, name="home"),
    path("favicon.ico", home.favicon, name="favicon"),
    path("o/new/", home.new, name="organisation_new"),
    path("o/<str:org>/settings/", settings.settings, name="organisation_settings"),
    path("o/<str:org>/settings/rename/", settings.rename, name="organisation_rename"),
    path("o/<str:org>/settings/delete/", settings.delete, name="organisation_delete"),
    path("o/<str:org>/settings/tokens/", tokens.listing, name="tokens"),
    path("o/<str:org>/settings/tokens/<int:token>/revoke/", tokens.revoke, name="token_revoke"),
    path("o/<str:org>/members/", members.listing, name="members"),
    path("o/<str:org>/members/invite/", members.invite, name="invitation_new"),
    path("o/<str:org>/members/leave/", members.leave, name="member_leave"),
    path("o/<str:org>/members/<int:member>/role/", members.role, name="member_role"),
    path("o/<str:org>/members/<int:member>/remove/", members.remove, name="member_remove"),
    path("o/<str:org>/invitations/<int:invitation>/revoke/", members.revoke, name="invitation_revoke"),
    path("invitations/", invitations.invitation, name="invitation"),
    path("invitations/<str:token>/", invitations.follow, name="invitation_accept"),
]
