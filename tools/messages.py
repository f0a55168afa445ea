"""The translation catalogue without gettext on the machine: `collect`, `check`, `compile`.

collect   every message of Python and templates into locale/zh_Hans/LC_MESSAGES/django.po, keeping what is translated
check     exit 1 when a message is missing, untranslated, fuzzy or has other placeholders than its translation
compile   .po → .mo, which is not committed
"""

import io
import re
import sys
from pathlib import Path

TOP = Path(__file__).resolve().parents[1]
CATALOGUE = TOP / "locale" / "zh_Hans" / "LC_MESSAGES" / "django.po"
SOURCES = ("accounts", "common", "config", "inspection", "portal", "registry", "templates")
KEYWORDS = {
    "_": None,
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
}
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|%[sd]")


def messages():
    """(file, line, message id or (singular, plural), context) of every message in the sources."""
    import django
    from babel.messages.extract import extract
    from django.conf import settings
    from django.utils.translation.template import templatize

    if not settings.configured:
        settings.configure(USE_I18N=True)
        django.setup()
    for folder in SOURCES:
        for path in sorted((TOP / folder).rglob("*")):
            if path.suffix not in (".py", ".html", ".txt") or "migrations" in path.parts:
                continue
            text = path.read_text(encoding="utf-8")
            if path.suffix != ".py":
                text = templatize(text, origin=str(path))
            for line, message, _comments, context in extract("python", io.BytesIO(text.encode()), keywords=KEYWORDS):
                if message and message != "":
                    yield path.relative_to(TOP).as_posix(), line, message, context


def collect():
    """Write the catalogue anew: what is still used keeps its translation, what is gone goes."""
    from babel.messages.catalog import Catalog
    from babel.messages.pofile import write_po

    catalog = Catalog(locale="zh_Hans_CN", project="Nanjing Smart Elevator Platform", charset="utf-8", fuzzy=False)
    old = read()
    for file, _line, message, context in messages():
        catalog.add(message, context=context, locations=[(file, 0)])
    for entry in catalog:
        if entry.id and (known := old.get(entry.id if isinstance(entry.id, str) else entry.id[0], entry.context)):
            entry.string = known.string
            entry.flags = {flag for flag in known.flags if flag != "fuzzy"} | entry.flags
    CATALOGUE.parent.mkdir(parents=True, exist_ok=True)
    with CATALOGUE.open("wb") as file:
        write_po(file, catalog, width=100, omit_header=True, sort_output=True, include_lineno=False)
    return 0


def read():
    from babel.messages.catalog import Catalog
    from babel.messages.pofile import read_po

    if not CATALOGUE.exists():
        return Catalog(locale="zh_Hans_CN")
    with CATALOGUE.open("rb") as file:
        return read_po(file, locale="zh_Hans_CN")


def faults():
    """What is wrong with the catalogue, a sentence each."""
    catalog, used = read(), set()
    for file, _line, message, context in messages():
        single = message if isinstance(message, str) else message[0]
        used.add((single, context))
        entry = catalog.get(single, context)
        if entry is None:
            yield f"{file}: not in the catalogue: {single!r}"
            continue
        strings = entry.string if isinstance(entry.string, list | tuple) else [entry.string]
        if not all(strings) or entry.fuzzy:
            yield f"{file}: not translated: {single!r}"
        ids = entry.id if isinstance(entry.id, list | tuple) else [entry.id]
        wanted = {p for text in ids for p in PLACEHOLDER.findall(text)}
        for text in strings:
            if text and not set(PLACEHOLDER.findall(text)) <= wanted:
                yield f"{file}: placeholders differ: {single!r} / {text!r}"
    for entry in catalog:
        if entry.id and (entry.id if isinstance(entry.id, str) else entry.id[0], entry.context) not in used:
            yield f"no longer used: {entry.id!r}"


def check():
    found = sorted(set(faults()))
    for fault in found:
        print(fault)
    print(f"translations: {len(found)} faults" if found else "translations: complete")
    return 1 if found else 0


def compile_catalogue():
    from babel.messages.mofile import write_mo

    if CATALOGUE.exists():
        with CATALOGUE.with_suffix(".mo").open("wb") as file:
            write_mo(file, read())
    return 0


if __name__ == "__main__":
    commands = {"collect": collect, "check": check, "compile": compile_catalogue}
    if len(sys.argv) != 2 or sys.argv[1] not in commands:
        sys.exit(__doc__)
    sys.exit(commands[sys.argv[1]]())
