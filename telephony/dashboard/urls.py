"""Routes of the dashboard, mounted at the root of the site."""

from django.urls import include, path

from telephony.dashboard import agents, calls, keys, organizations, usage

app_name = "dashboard"

_of_an_organization = [
    path("", organizations.overview, name="overview"),
    path("members/", organizations.members, name="members"),
    path("settings/", organizations.settings, name="settings"),
    path("agents/", agents.agents, name="agents"),
    path("agents/new/", agents.new_agent, name="new_agent"),
    path("agents/<agent_id>/", agents.agent, name="agent"),
    path("agents/<agent_id>/publish/", agents.publish, name="publish"),
    path("agents/<agent_id>/webhook/", keys.show_webhook, name="show_webhook"),
    path("calls/", calls.calls, name="calls"),
    path("calls/<call_sid>/", calls.call, name="call"),
    path("calls/<call_sid>/live/", calls.call_live, name="call_live"),
    path("keys/", keys.keys, name="keys"),
    path("keys/issue/", keys.issue_key, name="issue_key"),
    path("keys/<prefix>/", keys.key, name="key"),
    path("keys/<prefix>/reveal/", keys.reveal_key, name="reveal_key"),
    path("keys/<prefix>/rotate/", keys.rotate_key, name="rotate_key"),
    path("keys/<prefix>/revoke/", keys.revoke_key, name="revoke_key"),
    path("attempts/", usage.attempts, name="attempts"),
    path("usage/", usage.usage, name="usage"),
]

urlpatterns = [
    path("", organizations.home, name="home"),
    path("organizations/", organizations.organizations, name="organizations"),
    path("organizations/new/", organizations.new_organization, name="new_organization"),
    path("o/<org_id>/", include(_of_an_organization)),
]
