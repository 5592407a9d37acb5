"""Price book 1: what a call costs until the operator publishes another version.

OpenAI and Google stand near their public list prices of early 2026. What runs on our own
machine is charged something small, so that its use shows in the ledger. A changed price is a
new version with a later `effective_from`, never an edit of this one.

The costs are what the platform pays itself: the same list prices, and nothing for what runs on
our own machine. An operator checks them against their own invoices (docs/accounting.md).
"""

from datetime import UTC, datetime

from django.db import migrations

MILLION = 1_000_000
# Their use makes no invoice.
OWN_ENGINES = ("local", "scripted")

# (component, engine, unit, micro-dollars, for how many units)
PRICES = (
    ("telephony", "", "minute", 8_500, 1),  # Twilio, inbound, local number in the USA
    ("stt", "local", "second", 10, 1),
    ("stt", "scripted", "second", 10, 1),
    ("stt", "openai", "second", 3_000, 60),  # gpt-4o-mini-transcribe: $0.003 a minute
    ("stt", "google", "second", 16_000, 60),  # Speech-to-Text v2: $0.016 a minute
    ("llm_in", "local", "token", 50_000, MILLION),
    ("llm_in", "scripted", "token", 50_000, MILLION),
    ("llm_in", "openai", "token", 150_000, MILLION),  # gpt-4o-mini: $0.15 a million
    ("llm_out", "local", "token", 200_000, MILLION),
    ("llm_out", "scripted", "token", 200_000, MILLION),
    ("llm_out", "openai", "token", 600_000, MILLION),  # gpt-4o-mini: $0.60 a million
    ("tts", "local", "character", 1_000_000, MILLION),
    ("tts", "scripted", "character", 1_000_000, MILLION),
    # gpt-4o-mini-tts: about $0.015 a minute of speech, some 900 characters.
    ("tts", "openai", "character", 16_000_000, MILLION),
    ("tts", "google", "character", 30_000_000, MILLION),  # Chirp 3 HD: $30 a million
)


def publish(apps, _schema_editor):
    """Write the book and its prices."""
    book = apps.get_model("usage", "PriceBook").objects.create(
        version=1,
        effective_from=datetime(2020, 1, 1, tzinfo=UTC),
        note="The prices that Voicex comes with",
    )
    price = apps.get_model("usage", "Price")
    price.objects.bulk_create(
        price(
            book=book,
            component=component,
            engine=engine,
            unit=unit,
            micros=micros,
            cost_micros=0 if engine in OWN_ENGINES else micros,
            per=per,
        )
        for component, engine, unit, micros, per in PRICES
    )


class Migration(migrations.Migration):
    dependencies = [("usage", "0002_ledger_is_append_only")]

    operations = [migrations.RunPython(publish, migrations.RunPython.noop)]
