"""Forms of django-allauth with this site's labels: sentence case, as on every other page."""

from typing import Any

from allauth.account.forms import ChangePasswordForm, LoginForm, ResetPasswordKeyForm
from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _


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


class _Twice:
    """A form with a new password twice: its message for unequal passwords."""

    def add_error(self, field: str | None, error: Any) -> None:
        """Add an error; the package's message for unequal passwords is replaced by this site's."""
        if field == "password2" and not isinstance(error, ValidationError):
            error = _("The two passwords differ. Enter the same one twice.")
        super().add_error(field, error)  # type: ignore[misc]  # a form's


class NewPasswordForm(_Twice, ChangePasswordForm):  # type: ignore[misc]
    """The current password, and a new one twice."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _relabel(
            self,
            oldpassword=_("Current password"),
            password1=_("New password"),
            password2=_("New password (again)"),
        )


class ResetPasswordForm(_Twice, ResetPasswordKeyForm):  # type: ignore[misc]
    """A new password twice, by the link in an e-mail."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _relabel(self, password1=_("New password"), password2=_("New password (again)"))
