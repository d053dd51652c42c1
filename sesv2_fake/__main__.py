"""`python -m sesv2_fake` is the `sesv2-fake` command."""

from .cli import main

raise SystemExit(main())
