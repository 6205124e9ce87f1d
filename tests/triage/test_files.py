"""What kind of file it is, its bytes say; what is too much, or could carry a program, is refused with a way out."""

from __future__ import annotations

import io
import zipfile

import pytest

from triage import files
from triage.files import NotTaken, Sent

PDF, JPEG, PNG = b"%PDF-1.7\n...", b"\xff\xd8\xff\xe0 jfif", b"\x89PNG\r\n\x1a\n...."


def word(*names: str) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        for name in names:
            archive.writestr(name, "x")
    return data.getvalue()


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (PDF, "application/pdf"),
        (JPEG, "image/jpeg"),
        (PNG, "image/png"),
        (b"\0\0\0\x18ftypheic....", "image/heic"),
        ("Größe, notes".encode(), "text/plain"),
        (word("[Content_Types].xml", "word/document.xml"), next(k for k in files.KINDS if "word" in k)),
        (word("[Content_Types].xml", "word/document.xml", "word/vbaProject.bin"), ""),
        (word("anything.txt"), ""),
        (b"PK\x03\x04 no archive", ""),
        (b"MZ\x90\x00", ""),
        (b"<svg onload='x()'/>", ""),
        (b"  <!DOCTYPE html><script>", ""),
        (b"\x1b[2J steers a terminal", ""),
        ("Zeichen".encode("utf-16"), ""),
        (b"   ", ""),
        (b"", ""),
    ],
)
def test_the_bytes_say_what_it_is(data, kind):
    assert files.kind_of(data) == kind


def test_a_name_that_promises_another_kind_is_not_believed():
    assert files.check(Sent("photo.jpg", PDF), []).media_type == "application/pdf"
    with pytest.raises(NotTaken, match="send it as a PDF"):
        files.check(Sent("letter.pdf", b"MZ\x90"), [])


def test_too_many_too_large_and_empty_are_refused():
    one = files.check(Sent("a.pdf", PDF), [])
    with pytest.raises(NotTaken, match="no more than 4"):
        files.check(Sent("b.pdf", PDF), [one] * files.MOST)
    with pytest.raises(NotTaken, match="larger than 8 MB"):
        files.check(Sent("b.pdf", PDF + b"x" * files.LARGEST), [])
    large = one.model_copy(update={"size": files.LARGEST_TOGETHER})
    with pytest.raises(NotTaken, match="together are larger"):
        files.check(Sent("b.pdf", PDF), [large])
    with pytest.raises(NotTaken, match="empty"):
        files.check(Sent("b.pdf", b""), [])


@pytest.mark.parametrize(
    ("name", "kept"),
    [("C:\\Users\\her name\\letter.pdf", "letter.pdf"), ("../../etc/passwd", "passwd"), ('a"b\r\n<c>.pdf', "abc.pdf"),
     ("...", "file"), ("", "file")],
)  # fmt: skip
def test_a_name_keeps_nothing_that_steers(name, kept):
    assert files.clean_name(name) == kept
