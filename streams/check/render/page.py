"""The view as one self-contained HTML page, and the same page as a PDF. No opening of seals here.

The page needs no network, no script and no font of its own; headings, captions and scopes serve a screen reader
(WCAG 2.2 AA: 1.3.1, 1.4.3, 2.4.6). WeasyPrint makes tagged PDF (PDF/UA-1) from it.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template

from hub.errors import Fatal
from streams.check.render.differences import WORDS
from streams.check.render.view import BundleView


@cache
def _template() -> Template:
    loader = FileSystemLoader(Path(__file__).parent)
    environment = Environment(
        loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    return environment.get_template("bundle.html.j2")


def html(view: BundleView) -> str:
    """The page."""
    return _template().render(view=view, differs=WORDS)


class NoPdf(Fatal):
    """This machine lacks what draws the text of a PDF."""


def pdf(view: BundleView) -> bytes:
    """The page on A4, tagged for assistive technology.

    Raises:
        NoPdf: Pango, a library of the system and no Python package, is not there.
    """
    try:
        import weasyprint  # noqa: PLC0415 - takes a second to import, and only a PDF needs it
    except OSError as error:
        text = "A PDF cannot be made here: the system's text library Pango is missing."
        raise NoPdf(
            text, "Debian, Ubuntu: apt-get install libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0. Or use --html."
        ) from error
    document: bytes = weasyprint.HTML(string=html(view)).write_pdf(pdf_variant="pdf/ua-1")
    return document
