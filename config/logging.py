"""Structured logs: one JSON object a line, with the request id, without personal data."""

import logging.config
import re
import sys
import traceback

import structlog

# Values of these keys never reach a log line, whoever passes them (names, phones, passwords, what was typed).
PERSONAL_KEYS = frozenset(
    {
        "username",
        "display_name",
        "phone",
        "email",
        "password",
        "id_number",
        "name",
        "q",
        "query",
        "address",
        "ip_address",
    }
)


def mask_personal(_logger, _method, event):
    """Replace the value of every key that may hold personal data."""
    for key in PERSONAL_KEYS & event.keys():
        event[key] = "***"
    return event


# Django's own lines quote the address, the host or another header as typed, behind one of these.
_QUOTED = re.compile(r"\s{0,9}[:('\"]| - ")


def without_typed_text(_logger, _method, event):
    """Of what Django says about a request, keep what it is and drop what was typed; the request's own line names the route."""
    record = event.get("_record")
    if record is None or not record.name.startswith(("django.request", "django.security")):
        return event
    said = event["event"]
    event["event"] = _QUOTED.split(said, maxsplit=1)[0]
    if record.name == "django.security.csrf" and (reason := re.match(r"\w+ \(([^)]*?)( - |\))", said)):
        event["reason"] = reason[1]
    return event


def exception_without_message(_logger, _method, event):
    """Render an exception as its type and frames; its message may quote a row (`Key (username)=(...)`)."""
    info = event.pop("exc_info", None)
    if info is True:
        info = sys.exc_info()
    elif isinstance(info, BaseException):
        info = (type(info), info, info.__traceback__)
    if info and info[0]:
        event["exception"] = f"{info[0].__module__}.{info[0].__qualname__}"
        frames = traceback.extract_tb(info[2])
        # a database error ends in a dozen frames of the library: ours are those that say where it happened
        kept = [f for f in frames[:-3] if "site-packages" not in f.filename][-12:] + frames[-3:]
        event["frames"] = [f"{f.filename}:{f.lineno} {f.name}" for f in kept]
    return event


def logging_config(*, json_lines, level):
    """Configure structlog and the standard library to write through the same renderer."""
    shared = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        mask_personal,
    ]
    renderer = (
        structlog.processors.JSONRenderer(ensure_ascii=False)
        if json_lines
        else structlog.dev.ConsoleRenderer(colors=False)
    )
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    formatter = {
        "()": structlog.stdlib.ProcessorFormatter,
        "foreign_pre_chain": [*shared, without_typed_text],
        "processors": [
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            exception_without_message,
            renderer,
        ],
    }
    logging.config.dictConfig(
        {
            "version": 1,
            "disable_existing_loggers": False,
            "formatters": {"line": formatter},
            "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
            "root": {"handlers": ["stderr"], "level": level},
            "loggers": {
                # both would write what people typed: addresses with query strings, names tried at sign-in
                "django.server": {"level": "ERROR"},
                "axes": {"level": "CRITICAL"},
                "django.db.backends": {"level": "WARNING"},
                "pikepdf": {"level": "WARNING"},  # greets on stderr of every command
            },
        }
    )
