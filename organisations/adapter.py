"""What is ours in allauth: links in mail lead to BASE_URL, mail that cannot go out is said, invitations are kept."""
from __future__ import annotations

import logging
from smtplib import SMTPException
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.models import EmailConfirmationMixin
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest
from django.urls import reverse

from organisations import invitations

logger = logging.getLogger(__name__)


class AccountAdapter(DefaultAccountAdapter):
    def get_reset_password_from_key_url(self, key: str) -> str:
        """From BASE_URL, never from the Host header of whoever asks for somebody else's reset."""
        path = reverse("account_reset_password_from_key", kwargs={"uidb36": "UID", "key": "KEY"})
        return settings.BASE_URL + path.replace("UID-KEY", key)

    def get_email_confirmation_url(self, request: HttpRequest | None,  # noqa: ARG002 -- allauth passes it
                                   emailconfirmation: EmailConfirmationMixin) -> str:
        return settings.BASE_URL + reverse("account_confirm_email", args=[emailconfirmation.key])

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """A mail server that is away costs the mail, not the page: it is logged and said."""
        context = {**context, "base_url": settings.BASE_URL}
        try:
            super().send_mail(template_prefix, email, context)
        except (OSError, SMTPException) as error:
            logger.error("A mail (%s) could not be sent: %s", template_prefix, type(error).__name__)
            if self.request is not None:
                messages.error(self.request, "The mail could not be sent just now. Try again in a few minutes.")

    def get_login_redirect_url(self, request: HttpRequest) -> str:
        """To the invitation whose link was followed before signing in; otherwise home."""
        if invitations.find(request.session.get(invitations.SESSION_KEY, "")):
            return reverse("invitation")
        return super().get_login_redirect_url(request)

    def get_signup_redirect_url(self, request: HttpRequest) -> str:
        return self.get_login_redirect_url(request)
