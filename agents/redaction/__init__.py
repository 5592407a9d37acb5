"""Redaction of conversations before they are stored: card numbers, numbers, names. Pure.

    numerals.py      numbers as they are written and said, in English and German
    runs.py          digits that belong together, and what is ordinary: times, dates, prices
    cues.py          what is spoken of beside them
    subjects.py      of which numbers a text speaks, and which it asks for
    cards.py         what a card number is
    chains.py        numbers that are spread over several turns
    scattered.py     card numbers whose groups are said with other words between them
    names.py         names that callers give of themselves
    conversation.py  all turns of a call together: what of each is taken out

Nothing here changes what a model hears or what is spoken. It is far from perfect, and errs on
the side of taking out: what looks like a number is one unless its form says what else it is.
"""
