"""Where one is signed in, and ending it; an administrator's ending of somebody's."""

import uuid

from django.contrib import messages
from django.contrib.auth import logout
from django.http import HttpResponseRedirect
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from accounts import actions, queries
from accounts.forms import ConfirmForm
from accounts.gate import mark_half_signed_in
from accounts.roles import Permission
from accounts.session_store import public_id_of
from accounts.views.people import OfPersonPage
from common.errors import NotVisible
from common.views import ScopedPage


class MySessionsPage(ScopedPage):
    """My sessions: device, place by a masked address, last seen; each can be ended, or all but this one."""

    title = _("Where you are signed in")
    template_name = "accounts/my_sessions.html"

    def get(self, request):
        here = public_id_of(request.session)
        rows = list(queries.sessions_of(request.user, self.at))
        mark_half_signed_in(rows, has_second_factor=request.user.has_second_factor)
        for row in rows:
            row.is_here = str(row.public_id) == here
        rows.sort(key=lambda row: not row.is_here)
        return self.answer(sessions=rows)

    def post(self, request):
        """`end`: the id of one, or `others`. Ending one twice is a 404, like somebody else's."""
        wanted, here = request.POST.get("end", ""), public_id_of(request.session)
        if wanted == "others":
            count = actions.end_other_sessions(user_id=request.user.pk, keep=uuid.UUID(here), by=self.actor, at=self.at)
            sentence = ngettext("%(n)s other session is ended.", "%(n)s other sessions are ended.", count)
            messages.success(request, sentence % {"n": count})
        elif wanted == here:
            logout(request)
            return redirect("accounts:sign_in")
        else:
            self._end(wanted)
            messages.success(request, _("The session is ended."))
        return HttpResponseRedirect(reverse("accounts:my_sessions"))

    def _end(self, wanted: str) -> None:
        try:
            session_id = uuid.UUID(wanted)
        except ValueError:
            raise NotVisible from None
        if not actions.end_own_session(user_id=self.request.user.pk, session_id=session_id, by=self.actor, at=self.at):
            raise NotVisible


class EndSessionsPage(OfPersonPage):
    """Sign somebody out everywhere: a lost phone, a quarrel, a doubt."""

    form_class = ConfirmForm
    permission = Permission.END_SESSIONS
    title = _("End all sessions")
    submit_label = _("End all sessions")
    done = _("%(name)s is signed out everywhere.")

    @property
    def consequence(self):
        return gettext(
            "%(name)s is signed out everywhere at once and can sign in again. What they are typing is lost."
        ) % {"name": self.object}

    def save(self, form):
        actions.end_sessions_of(user_id=self.object.pk, by=self.actor, at=self.at)
        return self.finish()
