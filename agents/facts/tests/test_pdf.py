"""Texts out of PDFs, read in a process with bounds of its own; hostile ones are refused."""

import io

import pypdf
import pytest
from django.core.exceptions import ValidationError
from structlog.testing import capture_logs

from agents.compiler.process import Bounds, Compiler
from agents.facts import importing
from testing.pdf import pdf_of, pdf_of_streams

PRICES = pdf_of(
    ["Prices", "A check-up costs 80 dollars.", "Is there parking?", "Yes, behind the house."],
    ["Guarantee: Fillings have two years."],
    title="Price list",
)


@pytest.fixture(scope="module", autouse=True)
def _ended():
    yield
    importing.file_reader.close()


def wrong_with(content):
    with pytest.raises(ValidationError) as refused:
        importing._read_pdf(content)
    return refused.value.messages[0]


def encrypted(content):
    writer = pypdf.PdfWriter(io.BytesIO(content))
    writer.encrypt("secret", algorithm="RC4-128")
    written = io.BytesIO()
    writer.write(written)
    return written.getvalue()


def test_the_words_of_all_pages_are_read():
    read = importing._read_pdf(PRICES)
    assert read["title"] == "Price list"
    assert importing.rows_in("text", read["text"])[-2:] == [
        ("Is there parking?", "Yes, behind the house."),
        ("Guarantee", "Fillings have two years."),
    ]


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"GIF89a" + bytes(100), "isn’t a PDF"),
        (b"%PDF-1.7\n" + b"1 0 obj << /A 1 0 R >> endobj\n" * 50, "isn’t a PDF"),
        (encrypted(PRICES), "is encrypted"),
        (pdf_of([], []), "has no text"),
        # Of one stream no more than 20 MB is unfolded.
        (pdf_of_streams(b"BT (x) Tj ET" + bytes(60_000_000)), "isn’t a PDF"),
        # A page whose drawing never ends is ended by the kernel.
        pytest.param(
            pdf_of_streams(b"BT /F1 12 Tf " + b"(x) Tj 0 1 Td " * 1_200_000),
            "too much time",
            marks=pytest.mark.slow,
        ),
        (PRICES.replace(b"/Kids [3 0 R 5 0 R]", b"/Kids [2 0 R 2 0 R]"), "isn’t a PDF"),
    ],
    ids=["no PDF", "itself", "encrypted", "scanned", "bomb", "endless", "in a circle"],
)  # fmt: skip
def test_what_cannot_be_read_is_refused_in_words(content, says):
    assert says in wrong_with(content)


def test_what_the_package_met_is_in_the_log():
    with capture_logs() as logged:
        assert "isn’t a PDF" in wrong_with(pdf_of_streams(b"BT (x) Tj ET" + bytes(60_000_000)))
    assert [(each["event"], each["error"]) for each in logged] == [
        ("pdf_not_read", "LimitReachedError")
    ]


@pytest.mark.slow  # its reader computes for as long as it may
def test_a_file_that_takes_too_much_keeps_no_other_waiting(monkeypatch):
    busy = Compiler(Bounds(cpu_seconds=1, memory_bytes=1, seconds=0.01))
    monkeypatch.setattr(importing, "file_reader", busy)
    with busy._lock:
        assert "Other files" in wrong_with(PRICES)
