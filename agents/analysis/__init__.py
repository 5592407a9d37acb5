"""The analysis of a finished call: outcome, reason, summary, declared fields. Pure.

lines      what was said, as it is read here
fields     what an agent wants filled in about each call, and which values fit
unknown    where an agent says that it does not know
rules      an analysis without a model
request    what a model is asked
answer     what a model answered, checked: nothing of it is believed that does not fit
"""
