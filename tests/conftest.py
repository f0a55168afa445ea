"""What every test has: the fixed cast and the real services (stack.pytest_plugin starts them)."""

import os

import pytest
from hypothesis import settings

# CI looks at the same examples each time and lands or refuses a change by them; who runs the tests by hand looks at new ones.
settings.register_profile("ci", derandomize=True)
if os.environ.get("CI"):
    settings.load_profile("ci")

pytest_plugins = ["tests.factories.fixtures", "tests.attack.counts"]


@pytest.fixture(scope="session", autouse=True)
def static_files_looked_at_once():
    """Each test client starts the middleware anew, and WhiteNoise's would read every static file's times each time (40 ms)."""
    from whitenoise.middleware import WhiteNoiseMiddleware

    look, found = WhiteNoiseMiddleware.add_files_from_finders, {}

    def remember(middleware) -> None:
        if not found:
            look(middleware)
            found.update(middleware.files)
        middleware.files.update(found)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(WhiteNoiseMiddleware, "add_files_from_finders", remember)
        yield
