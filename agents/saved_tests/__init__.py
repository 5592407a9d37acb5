"""Saved tests of an agent: what callers ask, and what must be in the answer.

    limits.py         how many and how long; pure
    expectations.py   whether an answer has what it must have; pure
    judging.py        a question about the answer, for a model; pure
    models.py         the tests, their runs and what came of them
    writing.py        tests saved and deleted by members
    latest.py         the run that speaks for what an agent would say
    runs.py           runs asked for by members
    reads.py          tests and runs for pages
    words.py          what came of a test, in the reader's language
    checking.py       the check before publishing

`usage.saved_tests` runs them, in a worker.
"""
