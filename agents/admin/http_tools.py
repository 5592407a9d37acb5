"""HTTP tools of organizations, to be read; their own pages change them."""

from typing import ClassVar

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from accounts.admin.base import BY_ORG, ReadOnlyPage
from agents.http_tools.models import HttpTool


@admin.register(HttpTool)
class HttpToolPage(ReadOnlyPage):
    """What a tool is for, and where its requests go."""

    list_display = ("name", "org", "address", "updated_at")
    list_select_related = ("org",)
    list_filter = (BY_ORG,)
    search_fields = ("org__name", "name")
    fields = ("name", "org", "public_id", "stored", "updated_by", "updated_at")
    readonly_fields: ClassVar = ["public_id", "stored", "updated_at"]

    @admin.display(description=_("address"))
    def address(self, tool: HttpTool) -> str:
        """Method and address, with their placeholders."""
        return f"{tool.definition.method} {tool.definition.url}"
