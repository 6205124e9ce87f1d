"""Every address behind the door, with the right that it asks for: the whole of the desk's access in one table."""

from __future__ import annotations

from triage.roles import Right
from triage.web import acting, board, check, inbox, overseeing, queue, reviews, sharing
from triage.web.asking import Route

ROUTES: tuple[Route, ...] = (
    Route("GET", "/queue", Right.QUEUE, queue.show, "queue"),
    Route("GET", "/checks/{check_id}", Right.READ, check.show, "read"),
    Route("GET", "/checks/{check_id}/bundle.pdf", Right.READ, check.as_pdf, "read_pdf"),
    Route("GET", "/checks/{check_id}/bundle.html", Right.READ, check.as_paper, "read_html"),
    Route("GET", "/checks/{check_id}/seq", Right.READ, check.fresh),
    Route("GET", "/checks/{check_id}/do/{action}", Right.ACT, acting.form, "form"),
    Route("POST", "/checks/{check_id}/do/{action}", Right.ACT, acting.act, "command"),
    Route("POST", "/checks/{check_id}/claim", Right.CLAIM, sharing.claim, "claim"),
    Route("POST", "/checks/{check_id}/glass", Right.GLASS, sharing.break_glass, "glass"),
    Route("POST", "/checks/{check_id}/lift", Right.LIFT, sharing.lift, "lift_wall"),
    Route("POST", "/checks/{check_id}/team/{what}", Right.SHARE, sharing.change, "team"),
    Route("GET", "/inbox", Right.INBOX, inbox.show, "inbox"),
    Route("GET", "/requests/{request_id}", Right.ANSWER, inbox.one, "read_request"),
    Route("POST", "/requests/{request_id}", Right.ANSWER, inbox.answer, "answer"),
    Route("GET", "/board", Right.BOARD, board.show, "board"),
    Route("GET", "/board.csv", Right.BOARD, board.as_csv, "board_csv"),
    Route("GET", "/reviews", Right.REVIEWS, reviews.index, "reviews"),
    Route("GET", "/reviews/{review_id}", Right.REVIEWS, reviews.one, "read_review"),
    Route("POST", "/reviews/{review_id}", Right.REVIEWS, reviews.decide, "decide_review"),
    Route("GET", "/alerts", Right.ALERTS, overseeing.alerts, "alerts"),
    Route("GET", "/audit", Right.AUDIT, overseeing.audit_page, "audit"),
    Route("GET", "/hub", Right.HUB, overseeing.hub),
)
