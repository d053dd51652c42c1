"""Asks a real SES, or anything that stands for it, whether it answers as the fake does."""
