"""What organizations are charged, reported to the operator's own Stripe account: an extra.

settings   whether it is switched on, and with which key
customers  which customer of Stripe's an organization is
reports    ledger lines summed up into reports, each line once
sending    reports sent: what Stripe answers, and what is done then
"""
