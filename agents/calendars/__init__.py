"""Calendars of organizations: free times, bookings made, moved and canceled during a call.

    settings.py     what a calendar is, as values and as JSON; pure
    offering.py     a calendar as the tools that a model is offered; pure
    slots.py        free times out of hours, what is taken, length and buffer; pure
    words.py        times and lists of them as people say them; pure
    phones.py       telephone numbers of bookings; pure
    checking.py     what is wrong with a calendar, in words
    servers.py      what a calendar's server does for us; requests and failures
    calcom.py       Cal.com's API, version 2
    google.py       Google Calendar's API, version 3
    tokens.py       Google's access tokens, by a service account or a refresh token
    remedies.py     what the owner can do about a failure, for pages
    running.py      one tool of a calendar run: for a caller, with an answer for the model

A calendar is stored, frozen with versions and tried as the other tools of `agents.http_tools` are.
Who may change a booking does not depend on what a caller says: it is the number that calls.
"""
