"""The environment of every test run, set before Django reads its settings.

Loaded by `-p testing.environment` in pyproject.toml. A developer's own `.env` must not
change what the tests see, so each setting that the tests depend on is given here.
"""

import os

os.environ.update(
    {
        "DJANGO_SETTINGS_MODULE": "voicex.settings",
        "SECRET_KEY": "41c691f7890b825df3c1f1848ddcf4773a9c28a5d9139ec9",
        "FIELD_ENCRYPTION_KEYS": "495e5a322589132e8d7540d28c9385a703a406b2d5c25721",
        "API_KEY_PEPPER": "df306f6cbad85199dfed2351827e4ed61acac4c95e38dac2",
        "DEBUG": "false",
        "EMAIL_URL": "",
        "DATABASE_URL": os.environ.get("TEST_DATABASE_URL", "sqlite:///:memory:"),
        "REDIS_URL": "",
        "CLIENT_IP_HEADER": "",
        "TWILIO_APP_URL": "http://localhost:8000",
        "MEDIA_APP_URL": "http://localhost:8000",
        "OPENAI_API_KEY": "",
        "OPENAI_BASE_URL": "",
        "OPENAI_MODELS": "",
        "GOOGLE_APPLICATION_CREDENTIALS": "",
        "GOOGLE_TTS_ENDPOINT": "",
        "DEFAULT_STT": "local",
        "DEFAULT_LLM": "local",
        "DEFAULT_TTS": "local",
        "TEST_ENGINES": "true",
        "LOG_LEVEL": "INFO",
        # Tests run side by side on a machine that is busy with them.
        "MAX_LOOP_LAG_MS": "2000",
    }
)
