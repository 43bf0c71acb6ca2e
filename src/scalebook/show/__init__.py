"""Numbers, texts and figures as the book shows them."""
