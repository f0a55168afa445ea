import argparse
import json
import os
import sys
from pathlib import Path

from stack.errors import Trouble

ROOT = Path(__file__).resolve().parents[1]


def main(argv: list[str]) -> int:
    from bench import city

    parser = argparse.ArgumentParser(prog="python -m bench", description="Our numbers beside their floors.")
    parser.add_argument(
        "names", nargs="*", metavar="NAME", help="lists, scopes, pages, rest, tick, due, search (default: all)"
    )
    parser.add_argument("--elevators", type=int, default=200_000, help="size of the seeded city (default: 200000)")
    parser.add_argument("--json", metavar="FILE", type=Path, help="write the rows there too")
    parser.add_argument("--plans", action="store_true", help="print the plans of the dearest page of each user")
    wishes = parser.parse_args(argv)
    try:
        with city.ready(wishes.elevators) as environment:
            os.environ.update(environment)
            rows = _measure(wishes)
    except Trouble as trouble:
        print(trouble, file=sys.stderr)
        return trouble.code
    if wishes.json:
        wishes.json.write_text(json.dumps([row.as_dict() for row in rows], ensure_ascii=False, indent=1) + "\n")
    return 0 if all(row.holds for row in rows) else 1


def _measure(wishes) -> list:
    """Everything below needs Django's settings, which name the database."""
    import django

    django.setup()
    from bench import measures
    from bench.report import Report
    from common.collector import keep_what_is_loaded

    keep_what_is_loaded()  # as web and workers do
    chosen = wishes.names or list(measures.ALL)
    known = measures.ALL | measures.PARTS
    if unknown := set(chosen) - set(known):
        raise Trouble(f"There is no measure {', '.join(sorted(unknown))}; there are {', '.join(measures.ALL)}.")
    report = Report(plans=wishes.plans)
    try:
        for name in chosen:
            report.say(f"{name} …")
            known[name](report)
    finally:  # what was measured before something failed is not lost with it
        report.show()
    return report.rows


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
