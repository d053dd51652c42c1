"""How a call arrives: each transport brings it to the innermost fake; none has a rule of SES."""
