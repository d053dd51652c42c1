"""How a call arrives: each transport carries it to the innermost fake, and knows no rule of SES."""
