"""What the audit's codes mean to whoever reads it: acts and outcomes in words. A code that is new stays spoken."""

from __future__ import annotations

from streams.check.render.words import plain

_ACTS = {
    "read": "Opened the check",
    "read_pdf": "Took the bundle as PDF",
    "read_html": "Took the bundle as a page to keep",
    "read_files": "Looked which files came",
    "read_file": "Opened a file",
    "read_summaries": "Looked who was told what",
    "form": "Opened a form",
    "command": "Gave a command",
    "claim": "Claimed the check",
    "declare": "Said whether anybody in it is close to them",
    "wall": "Kept somebody out",
    "lift_wall": "Took a wall down",
    "glass": "Broke the glass",
    "team": "Changed who works on it",
    "queue": "Looked at the queue",
    "contacts": "Looked at the contacts",
    "inbox": "Looked at their agency's requests",
    "read_request": "Opened a request",
    "answer": "Answered a request",
    "pass_on_form": "Looked at passing a request on",
    "pass_on": "Passed a request on",
    "link_revoked": "Called a one-time link back",
    "school_code": "Gave a one-time link's code",
    "school_opened": "Opened a one-time link",
    "school_read": "Read a request by a one-time link",
    "school_answer": "Sent a form by a one-time link",
    "school_answered": "Answered by a one-time link",
    "read_summary": "Read what their agency was told",
    "board": "Looked at the board",
    "board_csv": "Took the board's figures",
    "reviews": "Looked at the identity reviews",
    "read_review": "Opened an identity review",
    "decide_review": "Decided an identity review",
    "cover": "Looked at the cover",
    "delegate": "Lent the duty manager's part",
    "delegation_revoked": "Took the duty manager's part back",
    "alerts": "Looked at the alerts",
    "audit": "Looked at the audit",
    "door_begun": "Began a contact",
    "door_form": "Wrote a contact",
    "documents": "Looked at the documents",
    "document_received": "Took a document in",
    "read_document": "Opened a document",
    "document_confirmed": "Confirmed what a document says",
    "document_set_aside": "Set a document aside",
    "known": "Asked whether somebody is known",
    "find": "Searched",
    "found": "Found the check by a search",
    "receipts": "Looked at receipts",
    "sign_in": "Signed in",
    "refused": "Was not let in",
}
_OUTCOMES = {
    "done": "",
    "asked": "asked for",
    "not_done": "not done",
    "wrong_role": "their role may not",
    "walled": "a wall keeps them out",
    "not_designated": "not designated",
    "other_agency": "another agency's",
    "taken": "somebody else has it",
    "conflict": "somebody in it may be close to them",
    "to_declare": "asked whether anybody is close to them",
    "not_asked": "was not asked",
    "not_there": "there is none",
}


def act(code: str) -> str:
    """What was done."""
    return _ACTS.get(code, plain(code).capitalize())


def outcome(code: str) -> str:
    """What came of it; '' where it was simply done."""
    return _OUTCOMES.get(code, plain(code))
