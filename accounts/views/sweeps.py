"""When the platform last looked for what is due, and what has waited longest since."""

from django.utils.translation import gettext_lazy as _

from accounts.roles import Permission
from common.scoped_page import ScopedPage
from common.sweeps import faults, lines

MOST_FAULTS = 50


class SweepsPage(ScopedPage):
    """Each sweep: its last run, what it did, the oldest row that is due; rows on which it failed by themselves."""

    permission = Permission.VIEW_SWEEPS
    template_name = "accounts/sweeps.html"
    title = _("Sweeps")

    def get(self, request):
        return self.answer(lines=lines(self.at), faults=faults(MOST_FAULTS), most_faults=MOST_FAULTS)
