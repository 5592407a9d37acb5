"""Routes of the dashboard, mounted at the root of the site."""

from django.urls import include, path

from dashboard.after_call import annotations, questions, shared, sharing
from dashboard.agents import archiving, drafts, files, hearing, index, try_it, versions, voice
from dashboard.analytics import page as analytics
from dashboard.bounded_fields import ROW
from dashboard.calls import attempts, callers, events, inbox, missed, page, recordings, usage
from dashboard.calls import index as calls
from dashboard.facts import importing as facts
from dashboard.facts import listing
from dashboard.front import guides, landing, status
from dashboard.hooks import deliveries
from dashboard.hooks import endpoints as hooks
from dashboard.live import live_calls, supervision
from dashboard.money import ledger_files, limits, papers
from dashboard.organization import audit, credentials, keys, keys_drop, organizations, team
from dashboard.saved_tests import pages as saved_tests
from dashboard.search import page as search
from dashboard.setup import doctor, number_shop, numbers, onboarding
from dashboard.tools import editor, importing
from dashboard.tools import index as tools
from voicex.web.routes import with_secrets

app_name = "dashboard"

_of_an_organization = [
    path("", organizations.overview, name="overview"),
    path("start/", onboarding.onboarding, name="onboarding"),
    path("start/state/", onboarding.onboarding_state, name="onboarding_state"),
    path("start/url/", onboarding.onboarding_url, name="onboarding_url"),
    path("doctor/", doctor.doctor, name="doctor"),
    path("doctor/slow/", doctor.doctor_slow, name="doctor_slow"),
    path("doctor/codes/", doctor.error_codes, name="error_codes"),
    path("numbers/", numbers.numbers, name="numbers"),
    path("numbers/point/", numbers.point_number, name="point_number"),
    path("numbers/find/", number_shop.find_numbers, name="find_numbers"),
    path("numbers/buy/", number_shop.buy_number, name="buy_number"),
    path("numbers/release/", number_shop.release_number, name="release_number"),
    path("credentials/", credentials.credentials, name="credentials"),
    path("credentials/clear/", credentials.clear_credentials, name="clear_credentials"),
    path("members/", team.members, name="members"),
    path("members/invite/", team.invite, name="invite"),
    path("members/leave/", team.leave, name="leave"),
    path(f"members/<{ROW}:member_id>/role/", team.change_role, name="change_role"),
    path(f"members/<{ROW}:member_id>/remove/", team.remove, name="remove_member"),
    path(f"invitations/<{ROW}:invitation_id>/revoke/", team.uninvite, name="uninvite"),
    path("audit/", audit.audit, name="audit"),
    path("search/", search.search_all, name="search"),
    path("settings/", organizations.settings, name="settings"),
    path("settings/notices/", organizations.settings_notices, name="settings_notices"),
    path("limits/", limits.limits, name="limits"),
    path("callers/", callers.find_caller, name="callers"),
    path("callers/export/", callers.export_caller, name="export_caller"),
    path("callers/erase/", callers.erase_caller, name="erase_caller"),
    path(f"callers/erasures/<{ROW}:erasure_id>/", callers.show_erasure, name="erasure"),
    path("agents/", index.agents, name="agents"),
    path("agents/new/", index.new_agent, name="new_agent"),
    path("agents/import/", files.import_agent, name="import_agent"),
    path("agents/voice/", voice.hear_voice, name="hear_voice"),
    path("agents/<agent_id>/", index.agent, name="agent"),
    path("agents/<agent_id>/change/", index.change_agent, name="change_agent"),
    path("agents/<agent_id>/archive/", archiving.archive_agent, name="archive_agent"),
    path("agents/<agent_id>/restore/", archiving.restore_agent, name="restore_agent"),
    path("agents/<agent_id>/edit/", drafts.edit_agent, name="edit_agent"),
    path("agents/<agent_id>/draft/", drafts.agent_draft, name="agent_draft"),
    path("agents/<agent_id>/publish/", drafts.publish, name="publish"),
    path("agents/<agent_id>/discard/", drafts.discard, name="discard_draft"),
    path("agents/<agent_id>/draft/restore/", drafts.restore, name="restore_draft"),
    path("agents/<agent_id>/duplicate/", files.duplicate_agent, name="duplicate_agent"),
    path("agents/<agent_id>/export/", files.export_agent, name="export_agent"),
    path("agents/<agent_id>/import/", files.import_draft, name="import_draft"),
    path("agents/<agent_id>/versions/", versions.agent_versions, name="agent_versions"),
    path(
        "agents/<agent_id>/versions/compare/",
        versions.compare_versions,
        name="compare_versions",
    ),
    path("agents/<agent_id>/versions/<number>/", versions.agent_version, name="agent_version"),
    path(
        "agents/<agent_id>/versions/<number>/restore/",
        versions.restore_version,
        name="restore_version",
    ),
    path("agents/<agent_id>/tests/", saved_tests.saved_tests, name="saved_tests"),
    path("agents/<agent_id>/tests/new/", saved_tests.new_saved_test, name="new_saved_test"),
    path("agents/<agent_id>/tests/run/", saved_tests.run_tests, name="run_saved_tests"),
    path(
        f"agents/<agent_id>/tests/runs/<{ROW}:run_id>/", saved_tests.test_run, name="saved_test_run"
    ),
    path(f"agents/<agent_id>/tests/<{ROW}:test_id>/", saved_tests.saved_test, name="saved_test"),
    path(
        f"agents/<agent_id>/tests/<{ROW}:test_id>/delete/",
        saved_tests.delete_saved_test,
        name="delete_saved_test",
    ),
    path("agents/<agent_id>/questions/", questions.agent_questions, name="agent_questions"),
    path(
        f"agents/<agent_id>/questions/<{ROW}:question_id>/fact/",
        questions.question_fact,
        name="question_fact",
    ),
    path(
        f"agents/<agent_id>/questions/<{ROW}:question_id>/dismiss/",
        questions.dismiss_question,
        name="dismiss_question",
    ),
    path("agents/<agent_id>/facts/", listing.agent_facts, name="agent_facts"),
    path("agents/<agent_id>/facts/import/", facts.import_facts, name="import_facts"),
    path("agents/<agent_id>/facts/add/", facts.add_facts, name="add_facts"),
    path(
        f"agents/<agent_id>/facts/sites/<{ROW}:reading_id>/",
        facts.site_reading,
        name="site_reading",
    ),
    path("agents/<agent_id>/speak-anew/", voice.speak_anew, name="speak_anew"),
    path("agents/<agent_id>/webhook/", keys.show_webhook, name="show_webhook"),
    path("agents/<agent_id>/try/", try_it.start_try, name="start_try"),
    path("agents/<agent_id>/hearing/", hearing.compare_hearing, name="compare_hearing"),
    path("try/", try_it.try_it, name="try_it"),
    path("tools/", tools.tools, name="tools"),
    path("tools/new/", editor.new_tool, name="new_tool"),
    path("tools/new/calendar/", editor.new_calendar, name="new_calendar"),
    path("tools/import/", importing.import_tools, name="import_tools"),
    path("tools/import/mcp/", importing.import_remote_tools, name="import_remote_tools"),
    path("tools/secrets/", tools.save_tool_secret, name="save_tool_secret"),
    path("tools/secrets/clear/", tools.clear_tool_secret, name="clear_tool_secret"),
    path("tools/<tool_id>/", editor.tool, name="tool"),
    path("tools/<tool_id>/try/", editor.try_tool, name="try_tool"),
    path("tools/<tool_id>/publish/", editor.publish_tool, name="publish_tool"),
    path("tools/<tool_id>/delete/", tools.delete_tool, name="delete_tool"),
    path("messages/", inbox.messages, name="messages"),
    path(f"messages/<{ROW}:message_id>/", inbox.change_message, name="change_message"),
    path("calls/", calls.calls, name="calls"),
    # Before the CallSids, none of which is called so.
    path("calls/export.csv", calls.calls_csv, name="calls_csv"),
    path("calls/missed/", missed.missed, name="missed_callers"),
    path("calls/views/", calls.saved_views, name="saved_views"),
    path("calls/live/", live_calls.live_calls, name="live_calls"),
    path("calls/live/part/", live_calls.live_calls_part, name="live_calls_part"),
    path("calls/<call_sid>/", page.call, name="call"),
    path("calls/<call_sid>/hang-up/", live_calls.hang_up, name="hang_up"),
    path("calls/<call_sid>/say/", supervision.say, name="say_in_call"),
    path("calls/<call_sid>/tell/", supervision.note, name="tell_agent"),
    path("calls/<call_sid>/take-over/", supervision.take_over, name="take_over_call"),
    path("calls/<call_sid>/recording/", recordings.recording, name="recording"),
    path(
        "calls/<call_sid>/recording/delete/",
        recordings.delete_recording,
        name="delete_recording",
    ),
    with_secrets(
        path(
            "calls/<call_sid>/recording/<link>.wav",
            recordings.recording_audio,
            name="recording_audio",
        ),
        "link",
    ),
    path("calls/<call_sid>/live/", page.call_live, name="call_live"),
    path("calls/<call_sid>/tags/", annotations.change_tags, name="change_tags"),
    path("calls/<call_sid>/notes/", annotations.change_notes, name="change_notes"),
    path("calls/<call_sid>/share/", sharing.share_call, name="share_call"),
    path("calls/<call_sid>/share/revoke/", sharing.revoke_share, name="revoke_share"),
    path("calls/<call_sid>/events/", events.call_events, name="call_events"),
    path("calls/<call_sid>/events.jsonl", events.events_file, name="events_file"),
    path("keys/", keys.keys, name="keys"),
    path("keys/issue/", keys.issue_key, name="issue_key"),
    path("keys/<prefix>/", keys.key, name="key"),
    path("keys/<prefix>/reveal/", keys.reveal_key, name="reveal_key"),
    path("keys/<prefix>/rotate/", keys.rotate_key, name="rotate_key"),
    path("keys/<prefix>/revoke/", keys.revoke_key, name="revoke_key"),
    path("keys/<prefix>/drop/", keys_drop.drop_key, name="drop_key"),
    path("webhooks/", hooks.hooks, name="hooks"),
    path("webhooks/new/", hooks.new_hook, name="new_hook"),
    path("webhooks/<hook_id>/", deliveries.hook, name="hook"),
    path("webhooks/<hook_id>/edit/", hooks.edit_hook, name="edit_hook"),
    path("webhooks/<hook_id>/switch/", hooks.switch_hook, name="switch_hook"),
    path("webhooks/<hook_id>/rotate/", hooks.rotate_hook, name="rotate_hook"),
    path("webhooks/<hook_id>/remove/", hooks.remove_hook, name="remove_hook"),
    path("webhooks/<hook_id>/test/", hooks.test_hook, name="test_hook"),
    path("webhooks/<hook_id>/again/", deliveries.send_hooks_again, name="send_hooks_again"),
    path(
        f"webhooks/<hook_id>/deliveries/<{ROW}:delivery_id>/",
        deliveries.hook_delivery,
        name="hook_delivery",
    ),
    path(
        f"webhooks/<hook_id>/deliveries/<{ROW}:delivery_id>/again/",
        deliveries.send_hook_again,
        name="send_hook_again",
    ),
    path("attempts/", attempts.attempts, name="attempts"),
    path("analytics/", analytics.analytics, name="analytics"),
    path("analytics/analytics.csv", analytics.analytics_csv, name="analytics_csv"),
    path("usage/", usage.usage, name="usage"),
    path("usage/usage.csv", usage.usage_csv, name="usage_csv"),
    path("usage/ledger.csv", ledger_files.ledger_csv, name="ledger_csv"),
    path("usage/ledger.jsonl", ledger_files.ledger_jsonl, name="ledger_jsonl"),
    path("usage/statements/<month>.pdf", papers.statement_pdf, name="statement_pdf"),
    path("invoices/", papers.invoices, name="invoices"),
    path("invoices/address/", papers.billing_address, name="billing_address"),
    path(f"invoices/<{ROW}:serial>.pdf", papers.invoice_pdf, name="invoice_pdf"),
]

urlpatterns = [
    path("", landing.home, name="home"),
    path("status/", status.status, name="status"),
    path("docs/", guides.guides, name="guides"),
    path("docs/<name>/", guides.guide, name="guide"),
    with_secrets(path("join/<token>/", team.join, name="join"), "token"),
    with_secrets(path("shared/<token>/", shared.shared_call, name="shared_call"), "token"),
    with_secrets(
        path("shared/<token>/recording.wav", shared.shared_audio, name="shared_audio"), "token"
    ),
    path("organizations/", organizations.organizations, name="organizations"),
    path("organizations/new/", onboarding.new_organization, name="new_organization"),
    path("o/<org_id>/", include(_of_an_organization)),
]
