"""The reference number of the request being served: on error pages, in logs, in ledgers."""

from contextvars import ContextVar

_current: ContextVar[str] = ContextVar("request_id", default="")


def current_request_id() -> str:
    """The id of this request, or '' outside of one."""
    return _current.get()


def set_request_id(value: str):
    """Set it; returns the token for `reset_request_id`."""
    return _current.set(value)


def reset_request_id(token) -> None:
    _current.reset(token)
