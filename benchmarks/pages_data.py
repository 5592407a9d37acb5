"""Generated calls for `benchmarks.pages`: a million in a few minutes, by the database itself.

One organization has four calls of five; its agents are called unequally often, and ends, channels,
numbers and lengths are spread as a busy client's would be. What is said comes from sentences whose
words are as unequally frequent as those of a language (Zipf), with a few rare words put in.
"""

import random
from typing import Any, Final

import psycopg
from django.db import connection

TURNS: Final = 4  # a call
# Word: it is in one turn of so many.
RARE_WORDS: Final = {"umbrella": 500, "telescope": 20_000, "xylophone": 1_000_000}
COMMON_WORD: Final = "w1"  # in most sentences
_SENTENCES: Final = 5_000
_VOCABULARY: Final = 3_000
_DAYS: Final = 180

_CALLS: Final = """
INSERT INTO usage_call (
    org_id, agent_id, version_id, door, call_sid, account_sid, from_number, to_number,
    stt, llm, tts, is_verified, state, end_reason, opened_at, live_at, ended_at, settled_at,
    stream_sid, ticket_id, carrier
)
SELECT agent.org_id, agent.id, agent.published_id,
    CASE WHEN n %% 97 = 0 THEN 'browser' WHEN n %% 499 = 0 THEN 'typed' ELSE 'phone' END,
    'CA' || lpad(to_hex(n), 32, '0'), 'AC1',
    '+1' || (200 + floor(random() * 700))::int || lpad(floor(random() * 1e7)::text, 7, '0'),
    '+12025550100', 'scripted', 'scripted', 'scripted', true, 'ended',
    CASE WHEN n %% 50021 = 0 THEN 'internal_error' WHEN n %% 199 = 0 THEN 'engine_failed'
         WHEN n %% 23 = 0 THEN 'socket_closed' WHEN n %% 6 = 0 THEN 'agent_hung_up'
         ELSE 'stop' END,
    began, began, began + lasted, began + lasted, 'MZ1', 't' || n, '{}'
FROM (
    SELECT n, random() AS whose, random() AS which,
        now() - (%(calls)s - n) * (interval '1 day' * %(days)s / %(calls)s) - interval '1 hour'
            AS began,
        interval '1 second' * round(-75 * ln(1 - random())) AS lasted
    FROM generate_series(1, %(calls)s) AS n
) AS drawn
JOIN agents_agent AS agent ON agent.id = CASE
    WHEN whose < 0.8 THEN (%(big)s::bigint[])[1 + floor(12 * which ^ 3)::int]
    ELSE (%(small)s::bigint[])[1 + floor(array_length(%(small)s::bigint[], 1) * which)::int]
END
ORDER BY n
"""
_USAGE: Final = """
INSERT INTO usage_usagefact (
    org_id, call_id, sequence, is_final, stream_ms, stt_ms, llm_tokens_in, llm_tokens_out,
    tts_characters
)
SELECT org_id, id, 1, true, extract(epoch FROM ended_at - live_at) * 1000, 9000, 400, 90, 300
FROM usage_call ORDER BY id
"""
_TURNS: Final = """
INSERT INTO usage_turn (
    org_id, call_id, number, role, text, heard_text, interrupted, started_ms, ended_ms, latency_ms
)
SELECT org_id, id, number, CASE number %% 2 WHEN 1 THEN 'agent' ELSE 'caller' END,
    said, said, number = 3 AND id %% 9 = 0, number * 4000, number * 4000 + 3000,
    CASE WHEN number = 3 THEN
        '{"endpoint": 310, "stt": 350, "llm": 800, "tts": 950, "sent": 960, "mark": 1100}'
    ELSE '{}' END::jsonb
FROM usage_call CROSS JOIN generate_series(1, %(turns)s) AS number
CROSS JOIN LATERAL (
    SELECT (%(sentences)s::text[])[1 + (id * 7919 + number * 104729) %% %(sentence_count)s]
        || CASE WHEN (id * %(turns)s + number) %% 1000000 = 0 THEN ' xylophone'
                WHEN (id * %(turns)s + number) %% 20000 = 7 THEN ' telescope'
                WHEN (id * %(turns)s + number) %% 500 = 3 THEN ' umbrella' ELSE '' END AS said
) AS sentence
ORDER BY id, number
"""
_LEDGER: Final = """
INSERT INTO usage_ledgerentry (
    org_id, call_id, key, component, quantity, unit, amount_micros, cost_micros, price_book_id,
    posted_at
)
SELECT org_id, call.id, 'call:' || call.id || ':' || component, component, quantity, unit, amount,
    0, (SELECT min(id) FROM usage_pricebook), ended_at
FROM usage_call AS call CROSS JOIN (VALUES
    ('telephony', 2, 'minute', 17000), ('stt', 9, 'second', 900), ('tts', 300, 'character', 4500)
) AS line (component, quantity, unit, amount)
ORDER BY call.id
"""
_ATTEMPTS: Final = """
INSERT INTO usage_webhookattempt (org_id, at, call_sid, outcome, reason)
SELECT org_id, opened_at, CASE WHEN id %% 40 = 0 THEN 'CAdeclined' || id ELSE call_sid END,
    CASE WHEN id %% 40 = 0 THEN 'declined' ELSE 'answered' END,
    CASE WHEN id %% 40 = 0 THEN 'no_slot' ELSE '' END
FROM usage_call ORDER BY id
"""
_ANALYSES: Final = """
INSERT INTO usage_callanalysis (
    org_id, call_id, author, outcome, language, summary, reason, field_values, tokens_in,
    tokens_out, tries, made_at
)
SELECT org_id, id, 'model',
    (ARRAY['answered', 'answered', 'answered', 'message', 'transferred', 'not_helped',
        'abandoned'])[1 + id %% 7],
    'en', 'They asked for w' || id %% 3000 || ' and were told.', 'Question ' || id %% 50, '', 0, 0,
    1, ended_at
FROM usage_call ORDER BY id
"""
_SUMMED: Final = """
SELECT {key}, count(*), sum(extract(epoch FROM ended_at - live_at))::bigint,
    count(*) FILTER (WHERE outcome = 'answered'), count(*) FILTER (WHERE outcome = 'message'),
    count(*) FILTER (WHERE outcome = 'transferred'),
    count(*) FILTER (WHERE outcome = 'not_helped'),
    count(*) FILTER (WHERE outcome = 'abandoned'), count(*) FILTER (WHERE outcome = 'message'),
    count(*) FILTER (WHERE call.id %% 9 = 0), 0, 0, 0, 0, 0, count(*), 0, 0, 0, 0, 0
FROM usage_call AS call JOIN usage_callanalysis AS analysis ON analysis.call_id = call.id
WHERE door = 'phone' GROUP BY {key}
"""
_FIGURES: Final = """
    calls, seconds, answered, message, transferred, not_helped, abandoned, messages, interruptions,
    wait_300, wait_450, wait_600, wait_750, wait_900, wait_1100, wait_1400, wait_1800, wait_2500,
    wait_4000, wait_longer
"""
_HOURS: Final = f"INSERT INTO usage_callhour (org_id, day, hour, {_FIGURES})" + _SUMMED.format(
    key="call.org_id, (opened_at AT TIME ZONE 'UTC')::date, "
    "extract(hour FROM opened_at AT TIME ZONE 'UTC')::int"
)
_DAYS_SUMMED: Final = f"INSERT INTO usage_callday (org_id, day, agent_id, number, {_FIGURES})"
_DAYS_OF_AGENTS: Final = _DAYS_SUMMED + _SUMMED.format(
    key="call.org_id, (opened_at AT TIME ZONE 'UTC')::date, agent_id, to_number"
)
_MESSAGES: Final = """
INSERT INTO usage_message (
    org_id, call_id, key, name, number, text, is_urgent, state, taken_at
)
SELECT org_id, id, 'c', 'Caller ' || id, from_number, 'Call me about w' || id %% 3000, false,
    CASE WHEN id %% 1000 = 0 THEN 'new' ELSE 'done' END, ended_at
FROM usage_call WHERE id %% 7 = 3 ORDER BY id
"""
_QUESTIONS: Final = """
INSERT INTO usage_unansweredquestion (
    org_id, call_id, agent_id, number, text, asked_at, state
)
SELECT org_id, id, agent_id, 1, 'Do you have w' || id %% 500 || ' in w' || id %% 70 || '?',
    opened_at, 'open'
FROM usage_call WHERE id %% 20 = 5 ORDER BY id
"""
_TAGS: Final = """
INSERT INTO usage_calltag (org_id, call_id, name, created_at)
SELECT org_id, id, 'tag ' || id %% 20, opened_at FROM usage_call WHERE id %% 50 = 7 ORDER BY id
"""
_BILLS: Final = """
INSERT INTO usage_carrierbill (
    org_id, call_id, checks, checked_at, status, seconds, currency, oddity
)
SELECT org_id, id, 5, ended_at, 'completed', 60, '', CASE WHEN id %% 5000 = 9 THEN 'longer'
    ELSE '' END
FROM usage_call ORDER BY id
"""
_AUDIT: Final = """
WITH head AS (
    UPDATE accounts_auditchain SET length = length + %(count)s WHERE chain = %(org)s
    RETURNING length - %(count)s AS length
)
INSERT INTO accounts_auditentry (
    org_id, sequence, actor_id, actor_name, digest, action, target, at
)
SELECT %(org)s, length + n, %(user)s, 'owner@example.com', md5(n::text),
    CASE n %% 3 WHEN 0 THEN 'agent.published' WHEN 1 THEN 'key.revealed' ELSE 'member.joined' END,
    'thing ' || n, now() - (%(count)s - n) * interval '1 minute'
FROM head, generate_series(1, %(count)s) AS n
"""


STATEMENTS: Final = (
    _CALLS,
    _USAGE,
    _TURNS,
    _LEDGER,
    _ATTEMPTS,
    _ANALYSES,
    _HOURS,
    _DAYS_OF_AGENTS,
    _MESSAGES,
    _QUESTIONS,
    _TAGS,
    _BILLS,
    _AUDIT,
)


def sentences(seed: int = 7) -> list[str]:
    """What people say here: 6 to 14 words, the n-th word of the language 1/n as frequent."""
    drawn = random.Random(seed)
    vocabulary = [f"w{number}" for number in range(1, _VOCABULARY + 1)]
    weights = [1 / number for number in range(1, _VOCABULARY + 1)]
    return [
        " ".join(drawn.choices(vocabulary, weights, k=drawn.randint(6, 14)))
        for _ in range(_SENTENCES)
    ]


def fill(
    url: str, calls: int, *, org_id: int, user_id: int, big: list[int], small: list[int]
) -> None:
    """Write `calls` calls with all that belongs to them, and bring the statistics up to date.

    url: of a superuser, in the database that the pages use; they use it as another role, for which
    row-level security holds.
    org_id: the organization of the agents `big`, which get four of five calls; user_id: its owner.
    """
    values: dict[str, Any] = {
        "calls": calls,
        "days": _DAYS,
        "big": big,
        "small": small,
        "turns": TURNS,
        "sentences": sentences(),
        "sentence_count": _SENTENCES,
        "org": org_id,
        "user": user_id,
        "count": calls // 5,
    }
    with psycopg.connect(url, autocommit=True) as filling, filling.cursor() as cursor:
        # The rows are right by construction, their organizations too; checking each foreign key
        # takes as long as writing.
        cursor.execute("SET session_replication_role = replica")
        cursor.execute("SET maintenance_work_mem = '512MB'")
        cursor.execute("DROP INDEX turns_by_word")
        for statement in STATEMENTS:
            cursor.execute(statement, values)
        cursor.execute("CREATE INDEX turns_by_word ON usage_turn USING gin (words)")
        cursor.execute("VACUUM (ANALYZE)")


def index_sizes() -> dict[str, float]:
    """MiB of each index of calls and turns."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT indexrelname, pg_relation_size(indexrelid) FROM pg_stat_user_indexes "
            "WHERE relname IN ('usage_call', 'usage_turn') ORDER BY 2 DESC"
        )
        return {name: round(size / 2**20, 1) for name, size in cursor.fetchall()}
