"""allauth's forms in our words."""
from __future__ import annotations

from typing import Any

from allauth.account.forms import AddEmailForm, LoginForm, SignupForm
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
        self.fields["password1"].label = "Password"
        if "password2" in self.fields:
            self.fields["password2"].label = "The same password again"
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


def _plain(form: Any) -> None:
    """A label says what a field is; a placeholder that repeats it only goes away when it is needed."""
    for field in form.fields.values():
        field.widget.attrs.pop("placeholder", None)
