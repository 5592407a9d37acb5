"""Whether what two processes were told could have been told by one that does one thing at a time.

histories    what was asked and answered when, and whether an order explains it (Wing and Gong)
processes    two forked processes that act, stand still and are killed meanwhile
"""
