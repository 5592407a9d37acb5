"""Optional: reports the charges of organizations to the operator's Stripe account.

settings   whether it is switched on, and with which key
customers  which customer of Stripe's an organization is
reports    ledger lines summed up into reports, each line once
sending    reports sent: what Stripe answers, and what is done then
"""
