"""How long what is kept: what a sweep would take away now, and what it has taken."""

from django.utils.translation import gettext_lazy as _

from accounts.roles import Permission
from common.retention import retention_lines
from common.scoped_page import ScopedPage


class RetentionPage(ScopedPage):
    """A dry run at every look; the sweep itself runs each hour."""

    permission = Permission.VIEW_RETENTION
    template_name = "accounts/retention.html"
    title = _("What is kept how long")

    def get(self, request):
        return self.answer(lines=retention_lines(at=self.at))
