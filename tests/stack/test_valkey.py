"""The Valkey launcher."""

import pytest
import redis

from stack.ephemeral import Broker


def test_broker_keeps_what_it_was_told_over_a_restart_and_a_kill():
    with Broker() as broker:
        client = redis.Redis.from_url(broker.url(5))
        client.set("key", "value")
        broker.restart()
        assert client.get("key") == b"value"
        client.set("key", "second")
        client.execute_command("BGREWRITEAOF")
        broker.kill()
        broker.start()
        assert client.exists("key") == 1


def test_broker_asks_for_its_password():
    with Broker(durable=False) as broker, pytest.raises(redis.AuthenticationError):
        redis.Redis(port=broker.port).ping()


def test_broker_never_forgets_for_want_of_memory():
    with Broker(durable=False) as broker:
        client = redis.Redis.from_url(broker.url())
        assert client.config_get("maxmemory-policy") == {"maxmemory-policy": "noeviction"}
