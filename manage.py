#!/usr/bin/env python
"""Django's command line; finds the services of a running `make demo` by itself."""

import os
import sys


def main():
    from stack.services import load_into_environ

    load_into_environ()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.development")
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
