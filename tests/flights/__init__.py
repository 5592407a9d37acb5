"""Recorded flights: calls whose events the core must answer as it did when they were recorded.

flight      one as text: its events, and beneath each what the core decides
sources     what flights are recorded from
made        calls of the core that no script of a conversation leads to
recorded/   the flights

python -m tests.flights                      what is decided otherwise today
python -m tests.flights --renew [NAME...]    let that be right, to be read in the change
python -m tests.flights --record [NAME...]   record them anew, with other events perhaps
python -m tests.flights --keep CALL NAME CLAIM    a call of this machine's database
"""
