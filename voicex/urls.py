"""Every HTTP route of the site."""

from django.contrib import admin
from django.urls import include, path, re_path

from accounts.preferences import choose_theme
from dashboard.design import design
from telephony.webhooks.decorators import nowhere
from telephony.webhooks.routes import routes
from voicex.web.routes import with_secrets

urlpatterns = [
    # Disables Django's "view on site" links: no row has a public page.
    re_path("^admin/r/", nowhere, name="row_on_site"),
    path("admin/", admin.site.urls),
    path("accounts/", include("accounts.urls")),
    with_secrets(path("accounts/", include("allauth.urls")), "key", "uidb36"),
    path("language/", include("django.conf.urls.i18n")),
    path("theme/", choose_theme, name="choose_theme"),
    path("design/", design, name="design"),
    *routes(),
    path("operator/", include("dashboard.operator.urls")),
    path("", include("voicex.web.health")),
    path("", include("voicex.web.site_files")),
    path("", include("dashboard.urls")),
]
