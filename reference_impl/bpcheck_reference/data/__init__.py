"""What happens to the data before a network sees them, and to its predictions afterwards."""
