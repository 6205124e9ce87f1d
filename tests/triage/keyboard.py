"""Somebody without a mouse: whatever they do, they do with Tab, the arrow keys, Space, Enter and letters."""

from __future__ import annotations

import re
from typing import Any

from tests.triage.browsing import Person

_MOST = 400
"""Keys to come anywhere on a page; who needs more has lost their way."""
_HAS_FOCUS = "e => document.activeElement === e"
_SAME_GROUP = (
    "e => e.type === 'radio' && document.activeElement.type === 'radio' && document.activeElement.name === e.name"
)


class Keyboard(Person):
    """As `Person`, by the keyboard alone."""

    def come_to(self, found: Any) -> None:
        """Press keys until this has the focus: Tab, and the arrows within a group of radio buttons."""
        target = found.first.element_handle()
        for _ in range(_MOST):
            if self.page.evaluate(_HAS_FOCUS, target):
                return
            self.page.keyboard.press("ArrowDown" if self.page.evaluate(_SAME_GROUP, target) else "Tab")
        raise AssertionError(f"the keyboard never comes to {found}")

    def choose(self, *labels: str) -> Keyboard:
        for label in labels:
            self.mark(self.page.get_by_label(label, exact=True))
        return self

    def within(self, group: str, label: str) -> Keyboard:
        """A choice of a group of that legend."""
        named = self.page.get_by_role("group", name=re.compile(group))
        self.mark(named.get_by_label(label, exact=True))
        return self

    def mark(self, box: Any) -> None:
        self.come_to(box)
        if not box.first.is_checked():
            self.page.keyboard.press("Space")
        assert box.first.is_checked()

    def write(self, label: str, text: str) -> Keyboard:
        self.come_to(self.page.get_by_label(re.compile(re.escape(label))))
        self.page.keyboard.type(text)
        return self

    def press(self, name: str) -> Keyboard:
        self.page.evaluate("document.body.dataset.old = '1'")
        self.come_to(self.page.get_by_role("button", name=name))
        self.page.keyboard.press("Enter")
        return self

    def unfold(self, text: str) -> Keyboard:
        self.come_to(self.page.locator("summary", has_text=text))
        self.page.keyboard.press("Enter")
        return self

    def pick(self, label: str, text: str) -> Keyboard:
        """An option of a list, by its first letters."""
        box = self.page.get_by_label(label)
        self.come_to(box)
        self.page.keyboard.type(text)
        assert box.first.evaluate("e => e.selectedOptions[0].text").startswith(text)
        return self
