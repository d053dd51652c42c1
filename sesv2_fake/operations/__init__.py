"""What a call asks: SES's operation, its checks and its errors, over plain values."""
