"""Forms of django-allauth with this site's labels: sentence case, as on every other page."""

from typing import Any, Final

from allauth.account.forms import ChangePasswordForm, LoginForm, ResetPasswordKeyForm
from django import forms
from django.utils.translation import gettext_lazy as _

# allauth's own sentence: here, so that it is translated with this site's formal "Sie".
UNEQUAL: Final = _("You must type the same password each time.")


def _relabel(form: forms.Form, **labels: Any) -> None:
    """Give the fields of `form` these labels, and the placeholders that repeat them.

    labels: texts that are translated when they are shown.
    """
    for name, label in labels.items():
        if name in form.fields:
            form.fields[name].label = label
            if "placeholder" in form.fields[name].widget.attrs:
                form.fields[name].widget.attrs["placeholder"] = label


class SignInForm(LoginForm):  # type: ignore[misc]  # allauth ships no types
    """Email, password, and whether to stay signed in."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _relabel(self, remember=_("Remember me"))


class NewPasswordForm(ChangePasswordForm):  # type: ignore[misc]
    """The current password, and a new one twice."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _relabel(
            self,
            oldpassword=_("Current password"),
            password1=_("New password"),
            password2=_("New password (again)"),
        )


class ResetPasswordForm(ResetPasswordKeyForm):  # type: ignore[misc]
    """A new password twice, by the link in an e-mail."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _relabel(self, password1=_("New password"), password2=_("New password (again)"))
