"""Routes of a user's own pages that django-allauth does not have."""

from django.urls import path

from accounts.login import session_pages

urlpatterns = [
    path("sessions/", session_pages.sessions, name="account_sessions"),
    path(
        "sessions/others/end/", session_pages.end_other_sessions, name="account_end_other_sessions"
    ),
    path("sessions/<session_id>/end/", session_pages.end_session, name="account_end_session"),
]
