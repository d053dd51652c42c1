"""What a test seeds: emails and their events, plain counts, SES's own records."""
