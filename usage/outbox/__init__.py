"""The outbox: work to be done after a commit, as rows; Celery tasks only start it sooner.

A row is enqueued in the transaction that makes its work necessary, and stays open until the work is
completed. If the broker is down, a worker dies or a message is lost, the sweeper finds the row by
`due_at` and sends its task again. The work is idempotent.

    kinds       what a kind's rows are about, and the task that does their work
    rows        enqueue, rearm, complete, postpone, record a failure
    claims      take what is due: under a lock, or under a lease
    delivery    tasks put on the queue, and sent again by the sweeper
"""
