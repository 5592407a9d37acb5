"""The tables of docs/reliability.md are written from what was measured."""

import pytest

from benchmarks import report_faults, results_file

RESULT = {
    "machine": {"cpu": "A processor", "cores": 2, "kernel": "6.1"},
    "faults": [{"fault": "it stops", "calls": 4, "well": 3, "met": "words", "slots": 0}],
    "kills": [["greeting", "5", "5", "400, 900", "600, 1100", "120"]],
}


def test_the_page_has_what_was_measured_and_keeps_the_rest(tmp_path, monkeypatch):
    page = tmp_path / "page.md"
    page.write_text(f"before\n{report_faults.BEGIN}\nold\n{report_faults.END}\nafter\n")
    monkeypatch.setattr(results_file, "read", lambda _name: RESULT)
    report_faults.write(page)
    text = page.read_text()
    assert text.startswith(f"before\n{report_faults.BEGIN}\n\nA processor, 2 cores")
    assert text.endswith(f"{report_faults.END}\nafter\n")
    assert "| it stops | 3 of 4 | words | 0 |" in text
    assert "| greeting | 5 | 5 | 400, 900 | 600, 1100 | 120 |" in text
    assert "old" not in text


def test_the_docs_have_a_place_for_it(tmp_path):
    page = tmp_path / "page.md"
    page.write_text(report_faults.PAGE.read_text())
    assert report_faults.write(page) == page
    page.write_text("nothing")
    with pytest.raises(ValueError, match="no place"):
        report_faults.write(page)
