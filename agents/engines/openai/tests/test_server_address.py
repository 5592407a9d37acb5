"""Base addresses as people paste them."""

import pytest

from agents.engines.openai.server_address import ServerAddress, address_of

AZURE = "https://res.openai.azure.com/openai/deployments/gpt-4o"


@pytest.mark.parametrize(
    ("endpoint", "expected"),
    [
        ("", ServerAddress("https://api.openai.com/v1")),
        ("http://localhost:11434/v1", ServerAddress("http://localhost:11434/v1")),
        (" http://localhost:11434/v1// ", ServerAddress("http://localhost:11434/v1")),
        ("http://vllm/v1/chat/completions", ServerAddress("http://vllm/v1")),
        ("http://vllm/v1/chat/completions/", ServerAddress("http://vllm/v1")),
        ("http://tts/v1/audio/speech?key=a%20b", ServerAddress("http://tts/v1", {"key": "a b"})),
        (
            f"{AZURE}/chat/completions?api-version=2024-10-21",
            ServerAddress(AZURE, {"api-version": "2024-10-21"}, is_azure=True),
        ),
        (
            "https://x.services.ai.azure.com/openai/v1/",
            ServerAddress("https://x.services.ai.azure.com/openai/v1", is_azure=True),
        ),
        (
            "https://openai.azure.com.evil.example/v1",
            ServerAddress("https://openai.azure.com.evil.example/v1"),
        ),
        ("http://[::1", ServerAddress("http://[::1")),
    ],
)
def test_the_base_address_is_extracted_from_pasted_urls(endpoint, expected):
    assert address_of(endpoint) == expected
