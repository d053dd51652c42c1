"""The command line, as its script starts it."""

from importlib.metadata import entry_points

(_script,) = {*entry_points(group="console_scripts", name="sesv2-fake")}
#: Takes the arguments, returns the exit status.
main = _script.load()
