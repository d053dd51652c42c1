"""How a call arrives: each transport carries it to the service, and knows no rule of SES."""
