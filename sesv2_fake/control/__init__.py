"""The control API of a served fake, for tests in any language, and a page to look at it."""
