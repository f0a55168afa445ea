from django.contrib.auth.views import LoginView
from django.shortcuts import render


class SignIn(LoginView):
    template_name = "accounts/sign_in.html"
    redirect_authenticated_user = True


def locked_out(request, credentials, *args, **kwargs):
    """After five wrong passwords: says for how long, never whether the name exists."""
    return render(request, "accounts/locked_out.html", status=429)
