"""Handing out a file that the platform wrote; whoever calls has asked who may have it."""

from pathlib import Path

from django.http import FileResponse


def answer_file(path: Path, *, name: str, media_type: str) -> FileResponse:
    """The file as a download that nobody on the way keeps."""
    answer = FileResponse(path.open("rb"), as_attachment=True, filename=name, content_type=media_type)
    answer["Cache-Control"] = "private, no-store"
    return answer
