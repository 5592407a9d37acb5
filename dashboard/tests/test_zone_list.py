"""The list of time zones: as a list of Django's, without a template for each of its names."""

import pytest
from django import forms
from django.core.exceptions import ValidationError
from django.forms.renderers import DjangoTemplates
from django.test.html import parse_html

from dashboard.forms import ZoneField, ZoneSelect


class _Form(forms.Form):
    zone = ZoneField(label="Zone", stored='Nowhere/"<Atlantis>')


@pytest.mark.parametrize("chosen", ["", "Europe/Berlin", 'Nowhere/"<Atlantis>', None])
def test_the_list_is_what_django_makes_of_its_choices(chosen):
    field = _Form().fields["zone"]
    expected = forms.Select(choices=list(field.choices)).render("zone", chosen, {"id": "id_zone"})
    shown = field.widget.render("zone", chosen, {"id": "id_zone"})
    assert parse_html(shown) == parse_html(expected)


def test_no_template_is_rendered_for_each_zone(monkeypatch):
    rendered = []

    def counted(self, template_name, context, request=None):
        rendered.append(template_name)
        return ""

    monkeypatch.setattr(DjangoTemplates, "render", counted)
    assert isinstance(_Form().fields["zone"].widget, ZoneSelect)
    assert "Europe/Berlin" in str(_Form()["zone"])
    assert not rendered


def test_an_older_name_is_shown_by_that_of_today_and_a_wrong_one_is_refused():
    field = ZoneField(label="Zone")
    assert field.prepare_value("Asia/Calcutta") == "Asia/Kolkata"
    assert field.prepare_value("UTC") == ""
    assert field.clean("") == ""
    assert field.clean("Asia/Calcutta") == "Asia/Calcutta"
    with pytest.raises(ValidationError, match="such as Europe/Berlin"):
        field.clean("Berlin")


def test_where_a_zone_has_to_be_chosen_none_is_taken_for_utc():
    field = ZoneField(label="Zone", required=True)
    assert [value for value, _label in field.choices][:2] == ["", "UTC"]
    assert field.prepare_value("UTC") == "UTC"
    assert field.clean("UTC") == "UTC"
    with pytest.raises(ValidationError):
        field.clean("")
