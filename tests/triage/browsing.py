"""Somebody at a browser: signs in, clicks, types; every page that they see is held to WCAG 2.2 AA by axe-core."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

from tests.triage.served import Served
from triage import assets

AXE_RULES = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    "resultTypes": ["violations"],
}
"""What passed is neither described nor sent here: on a page of a thousand elements that took longer than the look."""


class Person:
    """One person with one browser window of their own."""

    def __init__(self, chromium: Any, at_desk: Served, account: str, **window: Any) -> None:
        self.at_desk = at_desk
        self.context = chromium.new_context(**({"viewport": {"width": 1280, "height": 900}} | window))
        self.page = self.context.new_page()
        self.page.set_default_timeout(30_000)
        self.complaints: list[str] = []
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("console", self._hear)
        if not account:  # anybody, without signing in
            return
        self.page.goto(f"{at_desk.url}/sign-in")
        if account.endswith(".researcher"):
            self.page.select_option("#account", account)
            self.page.get_by_role("button", name=re.compile("researcher")).click()
        else:
            self.page.locator(f"button[value='{account}']").click()

    def _hear(self, message: Any) -> None:
        """A content policy that is broken, a file that is missing: heard, and not forgiven."""
        if message.type == "error" and "status of 4" not in message.text and "status of 503" not in message.text:
            self.complaints.append(message.text)

    def open(self, path: str) -> Person:
        self.page.goto(f"{self.at_desk.url}{path}")
        return self

    def choose(self, *labels: str) -> Person:
        for label in labels:
            self.page.get_by_label(label, exact=True).check()
        return self

    def write(self, label: str, text: str) -> Person:
        self.page.get_by_label(re.compile(re.escape(label))).first.fill(text)
        return self

    def press(self, name: str) -> Person:
        self.page.evaluate("document.body.dataset.old = '1'")
        self.page.get_by_role("button", name=name).first.click()
        return self

    def press_plain(self, name: str) -> Person:
        """As `press`, where the browser runs no script."""
        self.page.get_by_role("button", name=name).click()
        return self

    def follow(self, name: str) -> Person:
        self.page.get_by_role("link", name=name).or_(self.page.get_by_role("button", name=name)).first.click()
        return self

    def sees(self, text: str) -> Person:
        self.page.get_by_text(text).first.wait_for()
        return self

    def do(self, check_id: str, action: str) -> Person:
        return self.open(f"/checks/{check_id}/do/{action}")

    def saved(self, what: str) -> Person:
        """The page says that it is saved, and what; where it says why not instead, the test says that."""
        banner = self.page.locator(".govuk-notification-banner--success").get_by_text(re.compile(what, re.IGNORECASE))
        refused = self.page.locator("body:not([data-old]) .govuk-error-summary")
        banner.or_(refused).first.wait_for()
        assert not refused.count(), refused.inner_text()
        return self

    def accessible(self) -> Person:
        """No finding of axe-core, and no complaint of the browser."""
        script = (assets.packages() / "node_modules" / "axe-core" / "axe.min.js").read_text("utf-8")
        self.page.evaluate(script)
        found = self.page.evaluate("rules => axe.run(document, rules).then(told => told.violations)", AXE_RULES)
        told = [(v["id"], v["help"], [n["html"][:200] for n in v["nodes"][:3]]) for v in found]
        assert not told, f"{self.page.url}: {told}"
        assert not self.complaints, f"{self.page.url}: {self.complaints}"
        return self

    def picture(self, name: str, at: str = "") -> Person:
        """The README's picture of this page, from the top or from a part of it; only where MASH_SCREENSHOTS says where."""
        folder = os.environ.get("MASH_SCREENSHOTS")
        if folder:
            place = f"document.querySelector('{at}')?.getBoundingClientRect().top + window.scrollY - 12" if at else "0"
            self.page.evaluate(f"window.scrollTo({{top: {place}, behavior: 'instant'}})")
            self.page.screenshot(path=Path(folder) / f"{name}.png")
        return self

    def close(self) -> None:
        self.context.close()
