"""What every test has: the fixed cast and the real services (stack.pytest_plugin starts them)."""

pytest_plugins = ["tests.factories.fixtures", "tests.attack.counts"]
