"""Deterministic simulation: calls and accounts under schedules that a seed decides.

Every order of tasks, every wait, every crash is a choice (`choices`), so a run is a list of small
numbers: it can be had again, made shorter (`shrinking`) and written down as a token. Time is
virtual, nothing sleeps, and a thread runs only when it is given its turn.

    choices      the numbers of one run; its token
    shrinking    the shortest run that still fails
    explore      many runs; what is reported of one that fails
    together     the runs of all scenarios, shared out to the cores
    loop         an event loop whose order of steps is chosen, and whose processes die at any step
    calls/       a call in one process after another: driver, engines, tools, records; `errands`
                 has servers, transfers and recordings as well
    actors       services over the database, interleaved and killed at any statement
    accounts/    takeovers, slots, transfers, outbox and ledger
    scenarios    all of them, by name

    python -m testing.simulation --schedules 100000
"""
