"""Every address behind the door, with the right that it asks for: the whole of the desk's access in one table."""

from __future__ import annotations

from triage import door_words
from triage.roles import Right
from triage.web import (
    acting,
    attached,
    board,
    check,
    contacts,
    cover,
    declaring,
    documents,
    finding,
    inbox,
    known,
    overseeing,
    passing,
    queue,
    receipts,
    reviews,
    school,
    sharing,
    told,
    told_us,
)
from triage.web.asking import Route
from triage.web.door import Door


def _door(kind: str, at: str, right: Right, cookie: str) -> tuple[Route, ...]:
    """The pages of one of the front door's forms."""
    door = Door(kind, at)
    return (
        Route("GET", at, right, door.start, cookie=cookie),
        Route("POST", at, right, door.begin, "door_begun", cookie),
        Route("GET", f"{at}/999", right, door.ring, cookie=cookie),
        Route("GET", f"{at}/form", right, door.form, cookie=cookie),
        Route("POST", f"{at}/form", right, door.send, "door_form", cookie, files=True),
        Route("GET", f"{at}/received", right, door.received, cookie=cookie),
        Route("GET", f"{at}/leave", right, door.leave, cookie=cookie),
    )


_DOORS = (
    *_door(door_words.PUBLIC, "/tell", Right.PUBLIC, "door"),
    *_door(door_words.PROFESSIONAL, "/refer", Right.REFER, "draft"),
    *_door(door_words.TELEPHONE, "/phone", Right.TAKE_DOWN, "draft"),
    *_door(door_words.MANUAL, "/manual", Right.MANUAL, "draft"),
)
ROUTES: tuple[Route, ...] = (
    Route("GET", "/queue", Right.QUEUE, queue.show, "queue"),
    Route("GET", "/checks/{check_id}", Right.READ, check.show, "read"),
    Route("GET", "/checks/{check_id}/bundle.pdf", Right.READ, check.as_pdf, "read_pdf"),
    Route("GET", "/checks/{check_id}/bundle.html", Right.READ, check.as_paper, "read_html"),
    Route("GET", "/checks/{check_id}/seq", Right.READ, check.fresh),
    Route("GET", "/checks/{check_id}/files", Right.READ, attached.index, "read_files"),
    Route("GET", "/checks/{check_id}/files/{contact_id}/{number}", Right.READ, attached.file, "read_file"),
    Route("GET", "/checks/{check_id}/summaries", Right.READ, told.show, "read_summaries"),
    Route("GET", "/checks/{check_id}/do/{action}", Right.ACT, acting.form, "form"),
    Route("POST", "/checks/{check_id}/do/{action}", Right.ACT, acting.act, "command"),
    Route("POST", "/checks/{check_id}/claim", Right.CLAIM, sharing.claim, "claim"),
    Route("POST", "/checks/{check_id}/declare", Right.DECLARE, declaring.declare, "declare"),
    Route("POST", "/checks/{check_id}/wall", Right.WALL, sharing.keep_out, "wall"),
    Route("POST", "/checks/{check_id}/glass", Right.GLASS, sharing.break_glass, "glass"),
    Route("POST", "/checks/{check_id}/lift", Right.LIFT, sharing.lift, "lift_wall"),
    Route("POST", "/checks/{check_id}/team/{what}", Right.SHARE, sharing.change, "team"),
    Route("GET", "/inbox", Right.INBOX, inbox.show, "inbox"),
    Route("GET", "/requests/{request_id}", Right.ANSWER, inbox.one, "read_request"),
    Route("POST", "/requests/{request_id}", Right.ANSWER, inbox.answer, "answer"),
    Route("GET", "/told/{summary_id}", Right.TOLD, told_us.show, "read_summary"),
    Route("GET", "/board", Right.BOARD, board.show, "board"),
    Route("GET", "/board.csv", Right.BOARD, board.as_csv, "board_csv"),
    Route("GET", "/reviews", Right.REVIEWS, reviews.index, "reviews"),
    Route("GET", "/reviews/{review_id}", Right.REVIEWS, reviews.one, "read_review"),
    Route("POST", "/reviews/{review_id}", Right.REVIEWS, reviews.decide, "decide_review"),
    Route("GET", "/cover", Right.COVER, cover.show, "cover"),
    Route("POST", "/cover", Right.LEND, cover.lend, "delegate"),
    Route("POST", "/cover/{delegation_id}/revoke", Right.COVER, cover.revoke, "delegation_revoked"),
    Route("GET", "/alerts", Right.ALERTS, overseeing.alerts, "alerts"),
    Route("GET", "/audit", Right.AUDIT, overseeing.audit_page, "audit"),
    Route("GET", "/hub", Right.HUB, overseeing.hub),
    *_DOORS,
    Route("GET", "/contacts", Right.CONTACTS, contacts.show, "contacts"),
    Route("GET", "/documents", Right.TAKE_DOWN, documents.index, "documents"),
    Route("POST", "/documents", Right.TAKE_DOWN, documents.receive, "document_received", files=True),
    Route("GET", "/documents/{document_id}", Right.TAKE_DOWN, documents.one, "read_document"),
    Route("GET", "/documents/{document_id}/file", Right.TAKE_DOWN, documents.file, "read_document"),
    Route("POST", "/documents/{document_id}", Right.TAKE_DOWN, documents.confirm, "document_confirmed"),
    Route("POST", "/documents/{document_id}/aside", Right.TAKE_DOWN, documents.set_aside, "document_set_aside"),
    Route("GET", "/known", Right.KNOWN, known.form),
    Route("POST", "/known", Right.KNOWN, known.ask_whether, "known"),
    Route("GET", "/find", Right.FIND, finding.form),
    Route("POST", "/find", Right.FIND, finding.find, "find"),
    Route("GET", "/requests/{request_id}/pass-on", Right.PASS_ON, passing.form, "pass_on_form"),
    Route("POST", "/requests/{request_id}/pass-on", Right.PASS_ON, passing.make, "pass_on"),
    Route("POST", "/requests/{request_id}/links/{link_id}/revoke", Right.PASS_ON, passing.revoke, "link_revoked"),
    Route("GET", "/school", Right.PUBLIC, school.door, cookie="school"),
    Route("POST", "/school", Right.PUBLIC, school.enter, "school_code", "school"),
    Route("GET", "/school/request", Right.PUBLIC, school.request, cookie="school"),
    Route("POST", "/school/request", Right.PUBLIC, school.answer, "school_answer", "school"),
    Route("GET", "/receipts", Right.RECEIPTS, receipts.show, "receipts"),
    Route("GET", "/receipts/{agency}", Right.RECEIPTS, receipts.of_agency, "receipts"),
)
