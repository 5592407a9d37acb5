"""The local "language model": dialogue code, not a neural network that writes text. Pure.

    persona.py    who the agent is, read from its prompt
    hearing.py    a caller's words as speech recognition writes them: fillers, clauses
    digits.py     telephone numbers said in words
    names.py      how callers give their names
    phrases.py    what the agent asks, and which of it a caller heard
    consent.py    yes and no
    small_talk.py what people say on any telephone
    pleasantries.py  what the agent answers to that
    knowledge.py  the agent's facts, found by meaning
    notes.py      what a conversation has established so far
    messages.py   a message that is whole, taken by the tool
    transfers.py  a caller who wants a person, put through by the tool
    floor.py      interruptions: what was not heard, and turns that were cut in two
    composing.py  the parts of an answer, put together
    replies.py    the answer: `answer(agent, conversation) -> Reply`

There is no memory between turns. Everything is worked out anew from the utterances, in
which the agent's own hold only what was heard, so it never builds on words that were not heard. It
speaks the facts in the words in which they were written and adds nothing to them.
"""
