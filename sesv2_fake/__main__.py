"""`python -m sesv2_fake` is the `sesv2-fake` command."""

from .cli import main

if __name__ == "__main__":
    raise SystemExit(main())
