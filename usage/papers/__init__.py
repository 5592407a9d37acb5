"""Statements and invoices of a month's calls, as data and as PDF.

month            what the calls of a month used and cost, read from the ledger; bounded
house            who sends invoices, and to whom: written by operators and admins
issuing          has a worker issue them
invoice_content  what an invoice says, as data; pure
invoices         issued and cancelled: numbered without gaps, never changed
sheet            what a paper says, in words (those are written in `dashboard.money`); pure
drawing          a sheet as PDF; runs in a child process
printing         this side of that child
"""
