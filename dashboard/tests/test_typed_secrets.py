"""What is typed into a form and no page shows again is kept in no session either."""

from collections.abc import Iterator

from django import forms
from django.urls import get_resolver

from accounts.form_recovery import _SECRET


def _forms(of: type[forms.BaseForm] = forms.BaseForm) -> Iterator[type[forms.BaseForm]]:
    for each in of.__subclasses__():
        yield each
        yield from _forms(each)


def test_fields_that_hide_what_is_typed_have_names_that_are_left_out():
    assert get_resolver().url_patterns  # all pages are imported
    hidden = {
        (form.__name__, name)
        for form in _forms()
        for name, field in getattr(form, "base_fields", {}).items()
        if isinstance(field.widget, forms.PasswordInput)
    }
    assert ("SecretForm", "secret_value") in hidden
    assert [each for each in sorted(hidden) if not _SECRET.search(each[1])] == []
