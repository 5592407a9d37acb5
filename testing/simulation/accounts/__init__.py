"""Calls in the database under simulation: taken over, counted in slots, settled, and told of.

setting    what all of these share: an organization, the clock, the end of a run
takeover   a call that two processes want, and one that does not know that it lost it
slots      more callers than lines
transfer   a call that is put through, and comes back or does not
outbox     workers that settle and mail, and die meanwhile
"""
