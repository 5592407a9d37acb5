"""Small PDFs for tests: pages of lines, written by hand."""

import zlib
from collections.abc import Sequence


def pdf_of(*pages: Sequence[str], title: str = "") -> bytes:
    """A PDF whose pages have these lines, one below the other; a page without lines is empty."""
    return pdf_of_streams(*map(_stream, pages), title=title)


def pdf_of_streams(*streams: bytes, title: str = "") -> bytes:
    """A PDF whose pages draw what the streams say."""
    count = len(streams)
    kids = " ".join(f"{3 + 2 * number} 0 R" for number in range(count))
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Kids [{kids}] /Count {count} >>".encode(),
    ]
    font = 3 + 2 * count
    for number, stream in enumerate(streams):
        objects.append(
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents {4 + 2 * number} 0 R "
            f"/Resources << /Font << /F1 {font} 0 R >> >> >>".encode()
        )
        packed = zlib.compress(stream, 9)
        head = f"<< /Length {len(packed)} /Filter /FlateDecode >>\nstream\n".encode()
        objects.append(head + packed + b"\nendstream")
    objects.append(b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>")
    objects.append(f"<< /Title ({title}) >>".encode())
    written, places = b"%PDF-1.4\n", list[int]()
    for number, each in enumerate(objects, 1):
        places.append(len(written))
        written += f"{number} 0 obj\n".encode() + each + b"\nendobj\n"
    table = "".join(f"{place:010} 00000 n \n" for place in places)
    size = len(objects) + 1
    tail = f"trailer << /Size {size} /Root 1 0 R /Info {size - 1} 0 R >>\nstartxref\n{len(written)}"
    return written + f"xref\n0 {size}\n0000000000 65535 f \n{table}{tail}\n%%EOF\n".encode()


def _stream(lines: Sequence[str]) -> bytes:
    said = "".join(f"({line}) Tj 0 -16 Td " for line in lines)
    return f"BT /F1 12 Tf 72 760 Td {said}ET".encode("latin-1") if lines else b"q Q"
