"""allauth's forms in our words."""
from __future__ import annotations

from typing import Any

from allauth.account.forms import (
    AddEmailForm,
    ChangePasswordForm,
    LoginForm,
    ReauthenticateForm,
    ResetPasswordForm,
    ResetPasswordKeyForm,
    SetPasswordForm,
    SignupForm,
)
from allauth.core import context

from organisations import invitations

EMAIL = "E-mail address"
INVITATION = invitations.SESSION_KEY


class SignInForm(LoginForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["login"].label = EMAIL
        self.fields["password"].help_text = ""
        self.fields["remember"].label = "Stay signed in on this device"
        _plain(self)


class SignUpForm(SignupForm):
    """The address of the invitation whose link was followed is filled in; it is verified by mail all the same."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["email"].label = EMAIL
        _password(self, "Password")
        _plain(self)
        request = context.request
        if request is not None and INVITATION in request.session:
            invitation = invitations.find(request.session[INVITATION])
            self.fields["email"].initial = invitation.email if invitation else None


class NewEmailForm(AddEmailForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["email"].label = "New e-mail address"
        self.fields["email"].help_text = "Your account goes over to it once you follow the link that is mailed there."
        _plain(self)


class OnceMoreForm(ReauthenticateForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["password"].help_text = ""
        _plain(self)


class NewPasswordForm(ChangePasswordForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["oldpassword"].label = "Present password"
        _password(self, "New password")
        _plain(self)


class FirstPasswordForm(SetPasswordForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _password(self, "Password")
        _plain(self)


class AskResetForm(ResetPasswordForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["email"].label = EMAIL
        _plain(self)


class ResetForm(ResetPasswordKeyForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _password(self, "New password")
        _plain(self)


def _password(form: Any, label: str) -> None:
    """The rules in one line; the validators say more to whoever breaks one."""
    form.fields["password1"].label = label
    form.fields["password1"].help_text = "At least 8 characters; no common password, and not digits alone."
    if "password2" in form.fields:
        form.fields["password2"].label = "The same password again"


def _plain(form: Any) -> None:
    """A label says what a field is; a placeholder that repeats it only goes away when it is needed."""
    for field in form.fields.values():
        field.widget.attrs.pop("placeholder", None)
