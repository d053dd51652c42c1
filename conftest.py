"""What the tests share; the fixtures under test come through the installed pytest plugin."""

import os

pytest_plugins = ["pytester"]

# Clients without credentials would ask the metadata service of a virtual machine for some.
os.environ["AWS_EC2_METADATA_DISABLED"] = "true"
