"""Signing in with a second factor, as its tests do: the password, then a code of the app."""

import datetime as dt

from django.test import Client

from accounts.rules.second_factor import STEP, code_at
from common.clock import now
from tests.factories.make import OTP_SECRET, PASSWORD

SIGN_IN, CODE, MINE = "/accounts/sign-in/", "/accounts/sign-in/code/", "/accounts/me/second-factor/"
CONFIRM, REMOVE, RENEW = f"{MINE}confirm/", f"{MINE}remove/", f"{MINE}recovery-codes/"
ME, REST_ME = "/accounts/me/", "/api/v1/accounts/me/"


def after_password(user) -> Client:
    client = Client()
    answer = client.post(SIGN_IN, {"username": user.username, "password": PASSWORD})
    assert answer.status_code == 302
    return client


def typed(client, code, **more):
    return client.post(CODE, {"code": code, **more})


def code_now(shift: int = 0) -> str:
    return code_at(OTP_SECRET, now() + dt.timedelta(seconds=shift * STEP))


def wrong_code() -> str:
    good = {code_now(shift) for shift in range(-2, 3)}
    return next(code for code in ("000000", "111111", "222222", "333333", "444444", "555555") if code not in good)


def open_to(client) -> bool:
    return client.get(ME).status_code == 200
