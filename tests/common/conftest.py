"""A small stage for tests that need one person with one elevator, not the whole cast."""

import json
import uuid
from dataclasses import dataclass

import psycopg
import pytest

from stack.testdb import with_database


@dataclass
class Manager:
    """A using unit's manager with one elevator, and how they write over REST."""

    user: object
    unit: object
    elevator: object

    @property
    def client(self):
        from tests.factories.make import client_for

        client = client_for(self.user)
        client.raise_request_exception = False
        return client

    @property
    def actor(self):
        from accounts.queries import actor_for
        from common.clock import now

        return actor_for(self.user, now())

    def post(self, path, body, *, key=None, **headers):
        headers = {"Idempotency-Key": str(uuid.uuid4()) if key is None else key, **headers}
        body = body if isinstance(body, str | bytes) else json.dumps(body)
        return self.client.post(path, body, content_type="application/json", headers=headers)

    def patch(self, path, body, **headers):
        return self.client.patch(path, json.dumps(body), content_type="application/json", headers=headers)


def make_manager():
    from tests.factories.make import GULOU, hold, make_elevator, make_unit, make_user

    unit, user = make_unit(area_code=GULOU), make_user()
    hold(user, "USING_UNIT_MANAGER", unit=unit)
    return Manager(user, unit, make_elevator(area_code="320106001", using_unit=unit))


@pytest.fixture
def manager(db):
    return make_manager()


@pytest.fixture
def live_manager(transactional_db):
    """The same, committed: for tests with several connections."""
    return make_manager()


@pytest.fixture
def spoken(monkeypatch):
    """Registers the kinds of message that tests say."""
    from common.hooks import MESSAGE_KINDS
    from tests.common import message_makers

    monkeypatch.setattr(MESSAGE_KINDS, "_registrations", dict(MESSAGE_KINDS._registrations))
    MESSAGE_KINDS.register(message_makers.KIND, message_makers.alert_kind)
    MESSAGE_KINDS.register(message_makers.NEWS, message_makers.news_kind)


@pytest.fixture
def sms(settings):
    """The adapter that tests steer; its `sent` starts empty."""
    from tests.common.message_makers import Sent, SteeredSms

    settings.SMS_BACKEND = "tests.common.message_makers.SteeredSms"
    SteeredSms.sent, SteeredSms.told = [], {}
    SteeredSms.does = staticmethod(lambda id: Sent(delivered=True))
    return SteeredSms


@pytest.fixture
def receiver(settings):
    """A server on the loopback, which webhooks may reach for once."""
    from tests.common.message_makers import Receiver

    settings.WEBHOOK_HTTPS_ONLY = False
    settings.WEBHOOK_ALLOWED_NETWORKS = ["127.0.0.0/8"]
    made = Receiver()
    yield made
    made.close()


def superuser(services):
    return psycopg.connect(with_database(services.admin_url, services.database), autocommit=True)
