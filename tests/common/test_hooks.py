"""A hook point takes answers of its own signature, each key once, and asks them in a fixed order."""

import pytest

from common import hooks
from common.hooks import HookPoint


@pytest.fixture
def point(monkeypatch):
    monkeypatch.setattr(hooks, "_points", {})

    def question(actor, at):
        """How are you?"""

    return HookPoint("tests.question", question)


def test_hook_refuses_another_signature(point):
    with pytest.raises(TypeError, match=r"takes \['at', 'actor'\], the point asks for \['actor', 'at'\]"):
        point.register("swapped", lambda at, actor: None)
    with pytest.raises(TypeError):
        point.register("short", lambda actor: None)
    with pytest.raises(TypeError):
        point.register("long", lambda actor, at, more: None)
    assert len(point) == 0


def test_hook_refuses_a_key_twice(point):
    point.register("one", lambda actor, at: 1)
    with pytest.raises(ValueError, match="one is registered twice"):
        point.register("one", lambda actor, at: 2)
    assert point["one"](None, None) == 1


def test_hook_asks_in_order_then_by_key(point):
    for key, order in (("z", 10), ("b", 20), ("a", 20), ("last", 100)):
        point.register(key, lambda actor, at: None, order=order)
    assert [registration.key for registration in point] == ["z", "a", "b", "last"]
    assert "a" in point
    assert "c" not in point


def test_hook_point_is_declared_once(point):
    with pytest.raises(ValueError, match="declared twice"):
        HookPoint("tests.question", lambda: None)
    assert [p.name for p in hooks.all_points()] == ["tests.question"]
