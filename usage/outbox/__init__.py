"""What must still be done after a commit, as rows; Celery only makes it sooner.

A row is enqueued in the transaction that makes its work necessary, and is open until the work is
completed. Should the broker be down, a worker die or a message be lost, the sweeper finds the row
by `due_at` and sends its task again. Doing the work twice is safe.

    kinds       what a kind's rows are about, and the task that does their work
    rows        enqueue, rearm, complete, postpone, record a failure
    claims      take what is due: under a lock, or under a lease
    delivery    tasks put on the queue, and sent again by the sweeper
"""
