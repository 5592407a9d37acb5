"""Routes of the dashboard, mounted at the root of the site."""

from django.urls import include, path

from telephony.dashboard import (
    agents,
    agents_drafts,
    agents_files,
    agents_versions,
    agents_voice,
    attempts,
    audit,
    call_events,
    call_page,
    calls,
    keys,
    organizations,
    team,
    try_it,
    usage,
)

app_name = "dashboard"

_of_an_organization = [
    path("", organizations.overview, name="overview"),
    path("members/", team.members, name="members"),
    path("members/invite/", team.invite, name="invite"),
    path("members/leave/", team.leave, name="leave"),
    path("members/<int:member_id>/role/", team.change_role, name="change_role"),
    path("members/<int:member_id>/remove/", team.remove, name="remove_member"),
    path("invitations/<int:invitation_id>/revoke/", team.uninvite, name="uninvite"),
    path("audit/", audit.audit, name="audit"),
    path("settings/", organizations.settings, name="settings"),
    path("agents/", agents.agents, name="agents"),
    path("agents/new/", agents.new_agent, name="new_agent"),
    path("agents/import/", agents_files.import_agent, name="import_agent"),
    path("agents/voice/", agents_voice.hear_voice, name="hear_voice"),
    path("agents/<agent_id>/", agents.agent, name="agent"),
    path("agents/<agent_id>/change/", agents.change_agent, name="change_agent"),
    path("agents/<agent_id>/edit/", agents_drafts.edit_agent, name="edit_agent"),
    path("agents/<agent_id>/draft/", agents_drafts.agent_draft, name="agent_draft"),
    path("agents/<agent_id>/publish/", agents_drafts.publish, name="publish"),
    path("agents/<agent_id>/discard/", agents_drafts.discard, name="discard_draft"),
    path("agents/<agent_id>/duplicate/", agents_files.duplicate_agent, name="duplicate_agent"),
    path("agents/<agent_id>/export/", agents_files.export_agent, name="export_agent"),
    path("agents/<agent_id>/import/", agents_files.import_draft, name="import_draft"),
    path("agents/<agent_id>/versions/", agents_versions.agent_versions, name="agent_versions"),
    path(
        "agents/<agent_id>/versions/compare/",
        agents_versions.compare_versions,
        name="compare_versions",
    ),
    path(
        "agents/<agent_id>/versions/<number>/", agents_versions.agent_version, name="agent_version"
    ),
    path(
        "agents/<agent_id>/versions/<number>/restore/",
        agents_versions.restore_version,
        name="restore_version",
    ),
    path("agents/<agent_id>/webhook/", keys.show_webhook, name="show_webhook"),
    path("agents/<agent_id>/try/", try_it.start_try, name="start_try"),
    path("try/", try_it.try_it, name="try_it"),
    path("calls/", calls.calls, name="calls"),
    # Before the CallSids, none of which is called so.
    path("calls/export.csv", calls.calls_csv, name="calls_csv"),
    path("calls/views/", calls.saved_views, name="saved_views"),
    path("calls/<call_sid>/", call_page.call, name="call"),
    path("calls/<call_sid>/live/", call_page.call_live, name="call_live"),
    path("calls/<call_sid>/events/", call_events.call_events, name="call_events"),
    path("calls/<call_sid>/events.jsonl", call_events.events_file, name="events_file"),
    path("keys/", keys.keys, name="keys"),
    path("keys/issue/", keys.issue_key, name="issue_key"),
    path("keys/<prefix>/", keys.key, name="key"),
    path("keys/<prefix>/reveal/", keys.reveal_key, name="reveal_key"),
    path("keys/<prefix>/rotate/", keys.rotate_key, name="rotate_key"),
    path("keys/<prefix>/revoke/", keys.revoke_key, name="revoke_key"),
    path("attempts/", attempts.attempts, name="attempts"),
    path("usage/", usage.usage, name="usage"),
    path("usage/usage.csv", usage.usage_csv, name="usage_csv"),
]

urlpatterns = [
    path("", organizations.home, name="home"),
    path("join/<token>/", team.join, name="join"),
    path("organizations/", organizations.organizations, name="organizations"),
    path("organizations/new/", organizations.new_organization, name="new_organization"),
    path("o/<org_id>/", include(_of_an_organization)),
]
