"""A person who uses a page as people do: by labels and names, every act counted."""

import re
from typing import Final

from playwright.sync_api import Locator, Page

from testing.services.servers import wait_until

ROW_SECONDS: Final = 60.0


class Person:
    """Acts on `page`. acts: fields filled, choices made, buttons and links clicked."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.acts = 0

    @property
    def main(self) -> Locator:
        """The page's content without its frame."""
        return self.page.get_by_role("main")

    def fills(self, label: str, text: str, *, within: Locator | None = None) -> None:
        """Write `text` into the field called `label`."""
        self.acts += 1
        (within or self.main).get_by_label(label, exact=True).fill(text)

    def chooses(self, label: str, *, within: Locator | None = None) -> None:
        """Mark the radio button or box called `label`."""
        self.acts += 1
        (within or self.main).get_by_label(label).check()

    def picks(self, option: str, *, of: str, within: Locator | None = None) -> None:
        """Choose `option` of the list called `of`."""
        self.acts += 1
        (within or self.main).get_by_label(of, exact=True).select_option(label=option)

    def presses(self, name: str | re.Pattern[str], *, within: Locator | None = None) -> None:
        """Click the button called `name`."""
        self.acts += 1
        is_exact = isinstance(name, str)
        (within or self.main).get_by_role("button", name=name, exact=is_exact).click()

    def follows(self, name: str | re.Pattern[str], *, within: Locator | None = None) -> None:
        """Click the link called `name`."""
        self.acts += 1
        is_exact = isinstance(name, str)
        (within or self.main).get_by_role("link", name=name, exact=is_exact).click()

    def confirms(self, name: str | re.Pattern[str]) -> None:
        """Click the button called `name` under a question: in a dialog, or on a page of its own
        where the link was followed before the script was there.
        """
        self.presses(name, within=self.page.locator("dialog[open], .card.ask"))

    def goes_to(self, section: str) -> None:
        """Click a section of the organization's navigation, whatever is counted there."""
        name = re.compile(rf"^{re.escape(section)}( [0-9]|$)")
        self.follows(name, within=self.page.get_by_role("navigation", name="Organization"))

    def opens(self, address: str) -> None:
        """Click a link outside of the site, in a mail."""
        self.acts += 1
        self.page.goto(address)

    def waits_for_row(self, text: str) -> Locator:
        """The table row with `text`, the page loaded again and again until it is there."""
        row = self.main.get_by_role("row").filter(has_text=text)

        def is_there() -> bool:
            self.page.reload()
            return row.count() > 0

        wait_until(is_there, f"a row with {text!r}", seconds=ROW_SECONDS)
        return row
