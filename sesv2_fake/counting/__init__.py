"""What is counted: the ten metrics, and the counts they are made of."""
