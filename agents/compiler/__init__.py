"""The compiler: parses tenants' texts in a child process with limits.

    form.py       the prepared form of a version, and how it is made; pure
    documents.py  documents in JSON or YAML, read; pure
    tasks.py      what the child can be asked for; pure
    child.py      the child: reads requests, bounds itself, answers
    process.py    this side: starts the child, asks it, replaces it

A text that is expensive to parse is then refused, and does not slow down calls. The child is a
small interpreter without Django, settings and environment variables.
"""
