"""To whom an agent puts callers through, and when. Pure."""
