"""What the tests share; the fixtures under test come through the installed pytest plugin."""

pytest_plugins = ["pytester"]
