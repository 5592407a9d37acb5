"""Secrets in the forms that providers give them, and a look for their parts."""

PEM_LINES = (
    "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQDCanaryLineOne7",
    "Zx81kQpWm3TnV5rYbD0sLhJ2aFgE9uXcRoIiKvNqPtMzUwSyBdHfGjClAe64canX",
    "q7Lm2Rk9WvTzYp==",
)
SERVICE_ACCOUNT = (
    '{"type": "service_account", "project_id": "reception", '
    '"private_key_id": "0f1e2d3c4b5a69788796a5b4c3d2e1f00a1b2c3d", '
    '"private_key": "-----BEGIN PRIVATE KEY-----\\n'
    + "\\n".join(PEM_LINES)
    + '\\n-----END PRIVATE KEY-----\\n", '
    '"client_email": "desk@reception.iam.gserviceaccount.com", '
    '"token_uri": "https://oauth2.googleapis.com/token"}'
)
SHAPES = {
    "openai": "sk-Canary7hQ2mZ9wK4nB6vC1xL",
    "openai project": "sk-proj-CanA_ry8f3-Jk2LmN5pQ7rS9tUvW1xYz",
    "groq": "gsk_Canary4tYuIoPaSdFgHjKlZxCvBnM0192837",
    "64 hex": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "uuid": "6fa459ea-ee8a-3ca4-894e-db77e160355e",
    "webhook": "vx_a1b2c3d4" + "0f1e2d3c4b5a6978" * 2,
    "base64": "Q2FuYXJ5L2tleSt3aXRoPXNpZ25zMTIzNDU2Nzg5MA==",
    "pem": "-----BEGIN PRIVATE KEY-----\n" + "\n".join(PEM_LINES) + "\n-----END PRIVATE KEY-----",
}
PART = 10


def lines_of(secret: str) -> list[str]:
    """What of `secret` must not be seen, line by line."""
    return [line for line in secret.splitlines() if not line.startswith("-----")]


def parts_of(secret: str) -> list[str]:
    """Every ten characters in a row of `secret`."""
    return [
        line[start : start + PART]
        for line in lines_of(secret)
        for start in range(len(line) - PART + 1)
    ]


def assert_hidden(secret: str, text: str) -> None:
    """Fail when `text` holds ten characters of `secret`."""
    shown = [part for part in parts_of(secret) if part in text]
    assert not shown, f"{shown[0]} in {text[:2000]}"
