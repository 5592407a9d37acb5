"""Why calls end, and why requests at the voice webhook get no agent. Pure.

Each reason is a member of an enumeration, with all that pages and the handbook say of it.
"""
